import type { BacktestReport } from '../../domain/backtest.ts';
import { FINDING_KINDS } from '../../domain/words.ts';
import type { FindingKind } from '../../domain/words.ts';
import { ruleOf } from '../detectors/custom-rule.ts';
import { countVerdicts } from './score.ts';
import type { Weighed } from './score.ts';

interface Lists {
  today: readonly Weighed[];
  proposed: readonly Weighed[];
  added: readonly Weighed[];
  removed: readonly Weighed[];
}

interface Key {
  kind: FindingKind;
  rule: string | null;
}

/** The figures of each kind that either settings raised, people’s own rules apart. */
export function compareKinds(lists: Lists): BacktestReport['kinds'] {
  const keys = new Map<string, Key>();
  for (const { finding } of [...lists.today, ...lists.proposed]) {
    const key = { kind: finding.kind, rule: ruleOf(finding) };
    keys.set(orderOf(key), key);
  }
  return [...keys]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, key]) => ({
      ...key,
      today: countVerdicts(only(lists.today, key)),
      proposed: countVerdicts(only(lists.proposed, key)),
      added: only(lists.added, key).length,
      removed: only(lists.removed, key).length,
    }));
}

/** In the order of the kinds. */
function orderOf({ kind, rule }: Key): string {
  return `${String(FINDING_KINDS.indexOf(kind)).padStart(3, '0')} ${rule ?? ''}`;
}

function only(list: readonly Weighed[], { kind, rule }: Key): Weighed[] {
  return list.filter(({ finding }) => finding.kind === kind && ruleOf(finding) === rule);
}
