import { AppError } from '../domain/error.ts';
import { SECOND_MS } from '../domain/time.ts';
import type { LossOfApp, LossOfClaim, Standing, WayBack, WhatIf } from '../domain/views.ts';
import { reachOf, type Loss, type Reach } from './what-if-loss.ts';

const SHOWN = 8;

/**
 * What would be left of each claim that a loss touches, or may touch, by app and the worst first. A loss window is the
 * age, at the cluster's own time, of the newest copy that surely survives; what the inventory cannot tell is `unknown`,
 * never taken for safe. AppError `not-found` for a name that nothing here has.
 */
export function whatIf(standings: readonly Standing[], loss: Loss): WhatIf {
  const reach = reachOf(loss);
  requireKnown(standings, loss, reach);
  const touched = standings.flatMap((standing) => {
    const claim = lossOf(standing, reach);
    return claim === null ? [] : [{ standing, claim }];
  });
  const apps = byApp(touched);
  const count = (left: LossOfClaim['left']) =>
    touched.filter(({ claim }) => claim.left === left).length;
  return {
    lose: loss,
    counts: {
      apps: apps.length,
      claims: touched.length,
      copy: count('copy'),
      nothing: count('nothing'),
      unknown: count('unknown'),
    },
    notes: [...reach.notes, ...lostPasswords(touched)],
    apps,
  };
}

interface Touched {
  standing: Standing;
  claim: LossOfClaim;
}

function requireKnown(standings: readonly Standing[], { kind, name }: Loss, reach: Reach): void {
  const { known } = reach;
  if (known === null) return;
  const hit = (standing: Standing) =>
    reach.data(standing) === 'yes' ||
    standing.ways.some((way) => reach.copy(standing, way) === 'yes');
  if (standings.some(hit)) return;
  const names = [...new Set(standings.flatMap(known))].sort();
  const more = names.length > SHOWN ? ' and more' : '';
  throw new AppError('not-found', `no claim and no copy has to do with ${kind} ${name}`, {
    nextStep:
      names.length === 0
        ? 'Nothing of this kind is known yet: see `plimsoll status` for how far the reading is.'
        : `Known are ${names.slice(0, SHOWN).join(', ')}${more}.`,
  });
}

/** Null: the loss does not touch the claim. */
function lossOf(standing: Standing, reach: Reach): LossOfClaim | null {
  const dataLost = reach.data(standing);
  const fate = (certainty: string) =>
    standing.ways.filter((way) => reach.copy(standing, way) === certainty);
  const [gone, kept, unsure] = [fate('yes'), fate('no'), fate('unknown')];
  if (dataLost === 'no' && gone.length === 0 && unsure.length === 0) return null;
  const newest = Math.max(...kept.map(({ newestAt }) => Date.parse(newestAt)));
  const survives = kept.length > 0;
  const unseen = unsure.length > 0 || standing.coverage === 'unknown';
  const { resourceId, name, coverage, judgedAt } = standing;
  return {
    resourceId,
    name,
    coverage,
    dataLost,
    left: survives ? 'copy' : unseen ? 'unknown' : 'nothing',
    newestAt: survives ? new Date(newest).toISOString() : null,
    lossWindowSeconds: survives ? Math.max(0, (Date.parse(judgedAt) - newest) / SECOND_MS) : null,
    lost: gone.map(placeOf),
    unsure: unsure.map(placeOf),
  };
}

function placeOf({ engine, repository, sameStorage }: WayBack): string {
  if (sameStorage) return `${engine}, on the volume’s own storage`;
  return `${engine}, ${repository ?? 'where is not known'}`;
}

function byApp(touched: readonly Touched[]): LossOfApp[] {
  const groups = Map.groupBy(touched, ({ standing: { clusterId, namespace, app } }) =>
    JSON.stringify([clusterId, namespace, app]),
  );
  return [...groups.values()].map(appOf).sort(worstFirst);
}

function appOf(group: Touched[]): LossOfApp {
  const { clusterId, cluster, namespace, app } = group[0]!.standing;
  const claims = group.map(({ claim }) => claim).sort(worstFirst);
  const { left, lossWindowSeconds } = claims[0]!;
  return { clusterId, cluster, namespace, app, left, lossWindowSeconds, claims };
}

const RANKS: Record<LossOfClaim['left'], number> = { nothing: 0, unknown: 1, copy: 2 };

type Ranked = Pick<LossOfClaim, 'left' | 'lossWindowSeconds'>;

function worstFirst(a: Ranked, b: Ranked): number {
  const rank = RANKS[a.left] - RANKS[b.left];
  return rank === 0 ? (b.lossWindowSeconds ?? 0) - (a.lossWindowSeconds ?? 0) : rank;
}

/** Passwords that go with the data although the copies they open stay. */
function lostPasswords(touched: readonly Touched[]): string[] {
  const secrets = new Set<string>();
  for (const { standing, claim } of touched)
    if (claim.dataLost === 'yes')
      for (const { repository } of standing.ways)
        if (repository?.startsWith(`Secret ${standing.namespace}/`) === true)
          secrets.add(repository.slice('Secret '.length));
  if (secrets.size === 0) return [];
  const names = [...secrets].sort();
  const more = names.length > SHOWN ? ` and ${names.length - SHOWN} more` : '';
  return [
    `The passwords of surviving repositories lie beside the data, in Secrets ${names.slice(0, SHOWN).join(', ')}${more}: keep copies of them elsewhere.`,
  ];
}
