import type { FindingLine } from '../../domain/run-line.ts';
import { DAY_MS, TICK_MS } from '../../domain/time.ts';
import type { FindingKind } from '../../domain/words.ts';
import type { Trouble, TroubleKind } from './troubles.ts';

const ANY = ['rpo-breach', 'policy-error', 'custom-rule'] as const;
const FAILING = [...ANY, 'failed-run', 'failure-streak', 'flapping', 'repository-locked'] as const;
/** Which findings speak of which trouble. */
const SPEAKS: Record<TroubleKind, readonly FindingKind[]> = {
  failure: FAILING,
  streak: FAILING,
  empty: [...ANY, 'empty-run', 'size-drop'],
  missed: [...ANY, 'missed-run', 'stuck-run'],
};
/** A finding that no trouble has met so long after it was raised warned of none. */
export const WARNING_DAYS = 2;

/** What people said of a finding when it was there. */
export interface Mark {
  cluster: string;
  kind: FindingKind;
  policy: string;
  resource: string | null;
  from: number;
  until: number | null;
}

/** Whether it speaks of the trouble and was open during it. */
export function tellsOf(finding: FindingLine, trouble: Trouble): boolean {
  const from = Date.parse(finding.raisedAt);
  const until = finding.resolvedAt === null ? Infinity : Date.parse(finding.resolvedAt);
  const over = trouble.until ?? Infinity;
  return SPEAKS[trouble.kind].includes(finding.kind) && from <= over && until >= trouble.from;
}

/** Whether a trouble of any kind of the same job began within the warning time after it was raised. */
function warnedOf(finding: FindingLine, trouble: Trouble): boolean {
  const ahead = trouble.from - Date.parse(finding.raisedAt);
  return ahead > 0 && ahead <= WARNING_DAYS * DAY_MS;
}

export function isConfirmed(finding: FindingLine, troubles: readonly Trouble[]): boolean {
  return troubles.some((trouble) => tellsOf(finding, trouble) || warnedOf(finding, trouble));
}

/** Somebody acknowledged it, or marked it as expected, in its time. */
export function isMarked(finding: FindingLine, marks: readonly Mark[]): boolean {
  const from = Date.parse(finding.raisedAt);
  const until = finding.resolvedAt === null ? Infinity : Date.parse(finding.resolvedAt);
  return marks.some(
    (mark) =>
      mark.kind === finding.kind &&
      mark.cluster === finding.cluster &&
      mark.policy === finding.policy &&
      mark.resource === finding.resource &&
      mark.from <= until + TICK_MS &&
      (mark.until ?? Infinity) + TICK_MS >= from,
  );
}
