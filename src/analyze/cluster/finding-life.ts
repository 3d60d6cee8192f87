import type { FindingChange, FindingDraft, JobStateRow } from '../../domain/judgement.ts';
import { SECOND_MS, tickAtOrAfter } from '../../domain/time.ts';
import type { ClusterDetector, Sighting } from './cluster-detector.ts';
import { ownRow, readRow } from './stored-row.ts';
import type { CoveredView } from './view.ts';
import { noteTurn } from './view-time.ts';

/**
 * A finding as the judge remembers it between passes: job-level ones while they are open, cluster-level ones also
 * while they wait out their hold. Evidence stays with the finding in the store.
 */
export interface KnownFinding {
  finding: FindingDraft;
  /** Milliseconds since 1970. */
  since: number;
  raised: boolean;
  /** Which rules decide about its end. */
  scope: 'job' | 'cluster';
}

export type KnownFindings = Map<string, KnownFinding>;

const StoredFinding = ownRow<KnownFinding>();
const PREFIX = 'finding:';
/** A row holds 16 KB; texts from outside are cut well below. */
const MAX_TEXT = 2_000;

export const findingKey = (fingerprint: string): string => `${PREFIX}${fingerprint}`;

/** Takes a stored row into memory; false when the row is not one of these. */
export function recallFinding(known: KnownFindings, row: JobStateRow): boolean {
  if (!row.jobId.startsWith(PREFIX)) return false;
  const one = readRow(row, StoredFinding);
  if (one !== null) known.set(row.jobId.slice(PREFIX.length), one);
  return true;
}

export function findingRow(known: KnownFindings, fingerprint: string): JobStateRow | null {
  const one = known.get(fingerprint);
  if (one === undefined) return null;
  const { policyId, resourceId } = one.finding.subject;
  const jobId = findingKey(fingerprint);
  return { jobId, policyId, resourceId, state: JSON.stringify(one), wakeAt: null };
}

/** Follows what job-level rules decided; returns the fingerprints whose rows changed. */
export function followChanges(known: KnownFindings, changes: readonly FindingChange[]): string[] {
  return changes.map((change) => {
    if (change.change === 'resolved') {
      known.delete(change.fingerprint);
      return change.fingerprint;
    }
    const { fingerprint } = change.finding;
    const since = known.get(fingerprint)?.since ?? change.at.getTime();
    known.set(fingerprint, { finding: slim(change.finding), since, raised: true, scope: 'job' });
    return fingerprint;
  });
}

function slim(finding: FindingDraft): FindingDraft {
  const sentence = finding.sentence.slice(0, MAX_TEXT);
  return { ...finding, evidence: [], sentence, nextStep: finding.nextStep.slice(0, MAX_TEXT) };
}

export interface LifeResult {
  changes: FindingChange[];
  /** Fingerprints whose remembered state changed. */
  touched: string[];
}

/**
 * Runs the cluster-level rules and lets their findings begin, go on and end. `judgedBefore` is the instant of the
 * last pass: nothing is told to have begun before it.
 */
export function liveFindings(
  known: KnownFindings,
  detectors: readonly ClusterDetector[],
  view: CoveredView,
  judgedBefore: Date | null,
): LifeResult {
  const result: LifeResult = { changes: [], touched: [] };
  const seen = new Set<string>();
  for (const detector of detectors)
    for (const sighting of detector.detect(view)) {
      const { fingerprint } = sighting.finding;
      if (seen.has(fingerprint)) continue;
      seen.add(fingerprint);
      see(known, detector, sighting, view, judgedBefore, result);
    }
  for (const [fingerprint, one] of known) {
    if (one.scope !== 'cluster' || seen.has(fingerprint)) continue;
    const detector = detectors.find(({ kind }) => kind === one.finding.kind);
    if (detector?.isBlind?.(view, one.finding) === true) continue;
    end(known, fingerprint, view.now, detector?.recovery ?? 'it no longer holds', result);
  }
  return result;
}

function see(
  known: KnownFindings,
  detector: ClusterDetector,
  { finding, since }: Sighting,
  view: CoveredView,
  judgedBefore: Date | null,
  result: LifeResult,
): void {
  const { now } = view;
  const { fingerprint } = finding;
  const before = known.get(fingerprint);
  const begun = before?.since ?? Math.min(now.getTime(), since?.getTime() ?? now.getTime());
  const due = begun + detector.holdSeconds * SECOND_MS;
  // Told strictly after the last pass: a finding that ended at its instant must not begin at the same one.
  const later = judgedBefore === null || judgedBefore < now;
  const raised = before?.raised === true || (later && due <= now.getTime());
  if (!raised) noteTurn(view, due);
  if (before !== undefined && before.raised === raised && !changed(before, finding)) return;
  known.set(fingerprint, { finding: slim(finding), since: begun, raised, scope: 'cluster' });
  result.touched.push(fingerprint);
  if (!raised) return;
  if (before?.raised === true) result.changes.push({ change: 'refreshed', at: now, finding });
  else result.changes.push({ change: 'raised', at: raisedAt(due, now, judgedBefore), finding });
}

/** What a reader would call another finding: the figures behind it may move without news. */
function changed({ finding }: KnownFinding, next: FindingDraft): boolean {
  return (
    finding.severity !== next.severity ||
    finding.sentence !== next.sentence.slice(0, MAX_TEXT) ||
    finding.cause?.code !== next.cause?.code
  );
}

/** The tick at which it was due, but neither before the last pass nor after this one. */
function raisedAt(due: number, now: Date, judgedBefore: Date | null): Date {
  const tick = tickAtOrAfter(new Date(due)).getTime();
  const earliest = judgedBefore === null ? now.getTime() : judgedBefore.getTime() + 1;
  return new Date(Math.min(now.getTime(), Math.max(tick, earliest)));
}

function end(
  known: KnownFindings,
  fingerprint: string,
  at: Date,
  reason: string,
  result: LifeResult,
): void {
  const one = known.get(fingerprint);
  known.delete(fingerprint);
  result.touched.push(fingerprint);
  if (one?.raised === true) result.changes.push({ change: 'resolved', at, fingerprint, reason });
}

/** Ends job-level findings whose policy is gone, or whose job left with its claim: no run will ever clear them. */
export function endOrphans(known: KnownFindings, view: CoveredView): LifeResult {
  const result: LifeResult = { changes: [], touched: [] };
  for (const [fingerprint, { finding, scope }] of known) {
    const { policyId, resourceId } = finding.subject;
    if (scope !== 'job') continue;
    const policy = policyId === null ? undefined : view.index.policyById.get(policyId);
    if (policyId !== null && policy === undefined)
      end(known, fingerprint, view.now, 'the policy was removed', result);
    else if (policy?.selection.type === 'namespaces' && resourceId !== null)
      if (!view.index.claimById.has(resourceId))
        end(known, fingerprint, view.now, 'the claim was removed', result);
  }
  return result;
}
