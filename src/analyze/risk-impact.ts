import type { ImpactTerm } from '../domain/judgement.ts';
import type { SaidCriticality } from './criticality.ts';
import { sayBytes } from './job/phrases.ts';
import type { Claim } from './selection.ts';

const DATABASE =
  /postgres|pgsql|mysql|mariadb|percona|mongo|influx|cassandra|scylla|etcd|clickhouse|timescale|cockroach|couchdb|elasticsearch|opensearch|neo4j|vaultwarden|bitwarden|database|sqlite|(^|[-_/.])(pg|db|sql|vault)($|[-_/.\d])/;
const CACHE =
  /(^|[-_/.])(cache|tmp|temp|scratch|transcode|transcodes|thumbs|thumbnails)($|[-_/.\d])/;
const NODE_BOUND =
  /(^|[-_.])(local|hostpath|host-path|lvm|topolvm)($|[-_.])|local-path|openebs-(hostpath|zfs)/;

/** Labels whose values tell what an app is. */
const TELLING = ['app.kubernetes.io/name', 'app.kubernetes.io/component', 'app', 'k8s-app'];

const MIB = 1_024 ** 2;
const GIB = 1_024 ** 3;

/** The least and the most that a claim's loss can weigh. */
const LEAST = 0.05;
const MOST = 1;

export interface ImpactFacts {
  claim: Claim;
  criticality: SaidCriticality | null;
  /** What has changed since the newest copy, by how fast it last did; null: not known. */
  changedBytes: number | null;
}

/** True for storage classes whose name says that a volume lives and dies with one node. */
export function isNodeBound(storageClass: string | null): boolean {
  return NODE_BOUND.test((storageClass ?? '').toLowerCase());
}

/** How much the claim's loss would weigh, 0.05..1, as weights that add up to it. */
export function impactOf(facts: ImpactFacts): { impact: number; terms: ImpactTerm[] } {
  const terms = [...kindTerms(facts.claim), ...sizeTerms(facts), ...saidTerms(facts)]
    .map((term) => ({ ...term, weight: thousandths(term.weight) }))
    .filter(({ weight }) => weight !== 0);
  const sum = thousandths(terms.reduce((total, { weight }) => total + weight, 0));
  const impact = Math.min(MOST, Math.max(LEAST, sum));
  const over = thousandths(impact - sum);
  if (over !== 0) terms.push({ name: 'bound', text: `at least ${LEAST}, at most 1`, weight: over });
  return { impact, terms };
}

function kindTerms(claim: Claim): ImpactTerm[] {
  const words = [claim.name, claim.app ?? '', ...TELLING.map((key) => claim.labels[key] ?? '')].map(
    (word) => word.toLowerCase(),
  );
  const terms = [{ name: 'base', text: 'any claim', weight: 0.45 }];
  if (claim.labels['cnpg.io/cluster'] !== undefined || words.some((word) => DATABASE.test(word)))
    terms.push({ name: 'database', text: 'a database or a password store', weight: 0.25 });
  else if (claim.app?.startsWith('StatefulSet/') === true)
    terms.push({ name: 'stateful', text: 'a StatefulSet keeps its state in it', weight: 0.05 });
  if (CACHE.test(claim.name.toLowerCase()))
    terms.push({ name: 'cache', text: 'a cache by its name', weight: -0.3 });
  if (isNodeBound(claim.claim.storageClass))
    terms.push({ name: 'node-bound', text: 'its volume dies with one node', weight: 0.1 });
  return terms;
}

function sizeTerms({ claim, changedBytes }: ImpactFacts): ImpactTerm[] {
  const pods = new Set(claim.claim.mounts.map((mount) => mount.pod)).size;
  const bytes = claim.claim.capacityBytes ?? claim.claim.requestedBytes;
  const size = bytes === null ? 'of unknown size, taken as 30 GiB' : `${sayBytes(bytes)} large`;
  return [
    { name: 'size', text: size, weight: sizeWeight(bytes) },
    {
      name: 'dependents',
      text: `${pods} pods mount it`,
      weight: Math.min(0.1, 0.05 * Math.max(0, pods - 1)),
    },
    changedTerm(changedBytes ?? 0),
  ];
}

/** 1 GiB or less adds nothing, 1 TiB and more 0.2. */
function sizeWeight(bytes: number | null): number {
  const gibibytes = bytes === null ? 30 : bytes / GIB;
  return 0.2 * Math.min(1, Math.max(0, Math.log10(Math.max(gibibytes, 1)) / 3));
}

const MOST_STEPS = 5;

function changedSteps(bytes: number): number {
  return bytes < MIB ? 0 : Math.min(MOST_STEPS, 1 + Math.floor(Math.log10(bytes / MIB)));
}

/** The bytes from which on a claim that has changed by `bytes` weighs more; `Infinity` when none do. */
export function nextChanged(bytes: number): number {
  const steps = changedSteps(bytes);
  return steps === MOST_STEPS ? Infinity : MIB * 10 ** steps;
}

/** In steps, so that it moves seldom: 0.02 from 1 MiB on, and again for each ten times as much, up to 10 GiB. */
function changedTerm(bytes: number): ImpactTerm {
  const steps = changedSteps(bytes);
  const least = sayBytes(MIB * 10 ** Math.max(0, steps - 1));
  return {
    name: 'changed',
    text: `more than ${least} changed since the newest copy, if it goes on as it did before`,
    weight: 0.02 * steps,
  };
}

const SAID = { high: 0.3, normal: 0, low: -0.3 } as const;

function saidTerms({ criticality }: ImpactFacts): ImpactTerm[] {
  if (criticality === null) return [];
  return [{ name: 'criticality', text: criticality.said, weight: SAID[criticality.level] }];
}

function thousandths(weight: number): number {
  return Math.round(weight * 1_000) / 1_000;
}
