import type { ExpectedRun } from '../../domain/judgement.ts';
import type { RunLine } from '../../domain/run-line.ts';
import { sayInstant } from '../job/phrases.ts';
import type { JudgedJob } from '../replay/replay-runs.ts';

/**
 * What a run history itself says went wrong, whatever any rule thought of it:
 * `failure` one or two runs in a row ended failed or partial, `streak` three or more, `empty` runs ended well and moved
 * nothing, `missed` due times that no run answered. Nothing else is known to be right or wrong: a size or a duration
 * that was odd has no truth in a history.
 */
export const TROUBLE_KINDS = ['failure', 'streak', 'empty', 'missed'] as const;
export type TroubleKind = (typeof TROUBLE_KINDS)[number];

export interface Trouble {
  kind: TroubleKind;
  /** Milliseconds since 1970: when it could first be known, and when a run succeeded again; null: it goes on. */
  from: number;
  until: number | null;
  /** Runs or due times. */
  count: number;
  cluster: string;
  policy: string;
  resource: string | null;
  sentence: string;
}

const STREAK = 3;

interface Mishap {
  what: 'failed' | 'empty' | 'missed';
  at: number;
}

/** The troubles of one job, oldest first: mishaps of one sort with no success in between are one trouble. */
export function troublesOf({ runs, expectedRuns }: JudgedJob, end: Date): Trouble[] {
  const [first] = runs;
  if (!first) return [];
  const events = [...runs.flatMap(mishapOrSuccess), ...expectedRuns.flatMap(missedOf)]
    .filter(({ at }) => at <= end.getTime())
    .sort((a, b) => a.at - b.at);
  const troubles: Trouble[] = [];
  let open = new Map<Mishap['what'], Trouble>();
  for (const { what, at } of events) {
    if (what === 'good') {
      for (const trouble of open.values()) trouble.until = at;
      open = new Map();
      continue;
    }
    const known = open.get(what);
    const trouble = grown(known, what, at, first);
    if (known === undefined) troubles.push(trouble);
    open.set(what, trouble);
  }
  return troubles;
}

function mishapOrSuccess(run: RunLine): { what: Mishap['what'] | 'good'; at: number }[] {
  if (run.endedAt === null) return [];
  const at = Date.parse(run.endedAt);
  const nothing = run.files === 0 || (run.files === null && run.logicalBytes === 0);
  if (run.outcome === 'failed' || run.outcome === 'partial') return [{ what: 'failed', at }];
  if (run.outcome === 'empty' || (run.outcome === 'success' && nothing))
    return [{ what: 'empty', at }];
  return run.outcome === 'success' ? [{ what: 'good', at }] : [];
}

function missedOf({ state, decidedAt }: ExpectedRun): Mishap[] {
  return state === 'missed' ? [{ what: 'missed', at: decidedAt.getTime() }] : [];
}

/** One mishap more; the trouble itself is changed. */
function grown(
  known: Trouble | undefined,
  what: Mishap['what'],
  at: number,
  job: RunLine,
): Trouble {
  const { cluster, policy, resource } = job;
  const fresh = {
    kind: 'failure',
    from: at,
    until: null,
    count: 0,
    cluster,
    policy,
    resource,
    sentence: '',
  } as const;
  const trouble: Trouble = known ?? { ...fresh };
  trouble.count += 1;
  trouble.kind = what === 'failed' ? (trouble.count >= STREAK ? 'streak' : 'failure') : what;
  const subject = resource ?? policy;
  const times = trouble.count === 1 ? 'A run' : `${trouble.count} runs in a row`;
  const verb = { failed: 'failed', empty: 'saved nothing', missed: 'did not come' }[what];
  trouble.sentence = `${times} of ${subject} ${verb}, from ${sayInstant(trouble.from)} on.`;
  return trouble;
}
