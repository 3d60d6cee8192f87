import { beforeEach, describe, expect, it } from 'vitest';
import { isAboutLevel } from '../../src/analyze/job/mark-expected.ts';
import { FINDING_KINDS } from '../../src/domain/words.ts';
import type { FindingKind } from '../../src/domain/words.ts';
import { aBatch, aClaim, aDraft, aJudgement, aPolicy, CLUSTER, minutes } from './store-facts.ts';
import type { ContractContext } from './store-context.ts';

/** What people say of a level: it reaches the judge once, can be taken back, and stays on record. */
export function describeMarks(context: ContractContext): void {
  const system = () => context.store.system;
  const owner = () => context.store.as({ tenantId: context.tenant, subject: 'owner' });
  const read = (after: number) => system().readJudgeInput(context.tenant, CLUSTER, after, 10);

  async function raise(kind: FindingKind, key = 'f'): Promise<string> {
    const finding = aDraft(key, { kind });
    await system().saveJudgement(
      context.tenant,
      aJudgement({ findings: [{ change: 'raised', at: minutes(5), finding }] }),
    );
    const found = (await owner().listFindings({})).items;
    return found.find((one) => one.fingerprint === finding.fingerprint)?.findingId ?? '';
  }

  describe('marks', () => {
    beforeEach(async () => {
      const batch = aBatch({ resources: [aClaim('photos')], policies: [aPolicy('photos')] });
      await system().saveFacts(context.tenant, batch);
    });

    it('of a level reach the judge with a revision of their own, and only once', async () => {
      const id = await raise('size-drop');
      const { revision } = await read(0);
      await owner().changeFinding(id, 'acknowledge', null, minutes(6));
      expect(await read(0)).toMatchObject({ revision, marks: [] });
      await owner().changeFinding(id, 'expected', 'moved', minutes(7));
      const mark = {
        kind: 'size-drop',
        policyId: aPolicy('photos').policyId,
        resourceId: aClaim('photos').resourceId,
        at: minutes(7),
        undone: false,
      };
      const marked = await read(revision);
      expect(marked).toMatchObject({ revision: revision + 1, inventory: null, marks: [mark] });
      expect((await read(marked.revision)).marks).toEqual([]);
      await owner().changeFinding(id, 'acknowledge', null, minutes(8));
      await owner().changeFinding(id, 'reopen', null, minutes(9));
      expect((await read(marked.revision)).marks).toEqual([
        { ...mark, at: minutes(9), undone: true },
      ]);
      const { events } = (await owner().readFinding(id))!;
      expect(events.slice(1).map(({ change, actor, note }) => [change, actor, note])).toEqual([
        ['acknowledge', 'owner', null],
        ['expected', 'owner', 'moved'],
        ['acknowledge', 'owner', null],
        ['reopen', 'owner', null],
      ]);
    });

    it('can be taken back after the adopted level has ended the finding, once', async () => {
      const id = await raise('duration-anomaly');
      await owner().changeFinding(id, 'expected', null, minutes(6));
      const { fingerprint } = aDraft('f');
      const end = { change: 'resolved', at: minutes(7), fingerprint, reason: 'held' } as const;
      const { revision } = await read(0);
      await system().saveJudgement(
        context.tenant,
        aJudgement({ judgedAt: minutes(7), revision, findings: [end] }),
      );
      const taken = await owner().changeFinding(id, 'reopen', 'no', minutes(8));
      expect(taken).toMatchObject({ state: 'resolved', resolvedAt: minutes(7).toISOString() });
      expect(taken.events.at(-1)).toMatchObject({ change: 'reopen', actor: 'owner', note: 'no' });
      expect((await read(revision)).marks).toMatchObject([{ undone: true }]);
      await expect(owner().changeFinding(id, 'reopen', null, minutes(9))).rejects.toMatchObject({
        code: 'conflict',
      });
      await expect(owner().changeFinding(id, 'expected', null, minutes(9))).rejects.toMatchObject({
        code: 'conflict',
      });
    });

    it('are about a level exactly where the judge says so', async () => {
      for (const kind of FINDING_KINDS) {
        const { revision } = await read(0);
        await owner().changeFinding(await raise(kind, kind), 'expected', null, minutes(6));
        const about = isAboutLevel({ kind, at: minutes(6), undone: false });
        expect([kind, (await read(revision)).marks.length]).toEqual([kind, about ? 1 : 0]);
      }
    });
  });
}
