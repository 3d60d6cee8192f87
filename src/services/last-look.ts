import type { CoverageRow, PolicyFigures } from '../domain/judgement.ts';
import type { InventoryIndex } from '../analyze/cluster/inventory.ts';
import type { ClusterView, CoveredView, Witnesses } from '../analyze/cluster/view.ts';
import type { Claim } from '../analyze/selection.ts';

/**
 * What the last pass found, in memory alone: the next looks again at what has news or is due, and at everything when
 * the inventory is another. Whatever it leaves alone would come out the same.
 */
export interface LastLook {
  index: InventoryIndex;
  coverage: Map<string, CoverageRow>;
  /** By claim, when time alone may turn its coverage. */
  coverageTurns: Turns;
  /** The same of its score. */
  riskTurns: Turns;
  /** The same of rules about the cluster as a whole. */
  rulesTurn: number;
  /** Those that were open. */
  findings: CoveredView['findings'];
  witnesses: Witnesses | null;
  figures: ReadonlyMap<string, PolicyFigures> | null;
}

/** Milliseconds since 1970 by claim, `Infinity` for never; a claim that is not in it was not looked at yet. */
type Turns = Map<string, number>;

export function firstLook(index: InventoryIndex): LastLook {
  const nothing = { findings: new Map(), witnesses: null, figures: null };
  const turns = { coverageTurns: new Map(), riskTurns: new Map(), rulesTurn: -Infinity };
  return { index, coverage: new Map(), ...turns, ...nothing };
}

/** What has news: policies stand for all claims they declare. */
export interface NewsAbout {
  policies: ReadonlySet<string>;
  claims: ReadonlySet<string>;
}

/** The claims that have news or are due, in the order of the inventory. */
export function claimsAgain(
  index: InventoryIndex,
  turns: Turns,
  news: NewsAbout,
  at: Date,
): Claim[] {
  const now = at.getTime();
  return index.claims.filter(
    ({ resourceId }) =>
      (turns.get(resourceId) ?? -Infinity) <= now ||
      news.claims.has(resourceId) ||
      (news.policies.size > 0 &&
        index.declarations
          .get(resourceId)
          ?.some(({ policy }) => news.policies.has(policy.policyId)) === true),
  );
}

/** Asks a view and says until when, in milliseconds since 1970, the answer holds if nothing but the time moves. */
export function askUntil<V extends ClusterView, T>(view: V, ask: (view: V) => T): [T, number] {
  const turn = { at: Infinity };
  return [ask({ ...view, turn }), turn.at];
}
