import type { Claim } from './selection.ts';

const DATABASE =
  /postgres|pgsql|mysql|mariadb|percona|mongo|influx|cassandra|scylla|etcd|clickhouse|timescale|cockroach|couchdb|elasticsearch|opensearch|neo4j|vaultwarden|bitwarden|database|sqlite|(^|[-_/.])(pg|db|sql|vault)($|[-_/.\d])/;
const CACHE =
  /(^|[-_/.])(cache|tmp|temp|scratch|transcode|transcodes|thumbs|thumbnails)($|[-_/.\d])/;
const NODE_BOUND =
  /(^|[-_.])(local|hostpath|host-path|lvm|topolvm)($|[-_.])|local-path|openebs-(hostpath|zfs)/;

/** Labels whose values tell what an app is. */
const TELLING = ['app.kubernetes.io/name', 'app.kubernetes.io/component', 'app', 'k8s-app'];

const GIB = 1_024 ** 3;

/**
 * How much the claim's loss would weigh, 0.05..1: what kind of app, how much data, how many pods live on it, and
 * whether the volume dies with one node.
 */
export function impactOf(claim: Claim): number {
  const words = [claim.name, claim.app ?? '', ...TELLING.map((key) => claim.labels[key] ?? '')].map(
    (word) => word.toLowerCase(),
  );
  const cluster = claim.labels['cnpg.io/cluster'] !== undefined;
  const database = cluster || words.some((word) => DATABASE.test(word));
  const cache = CACHE.test(claim.name.toLowerCase());
  const bound = NODE_BOUND.test((claim.claim.storageClass ?? '').toLowerCase());
  const weight =
    0.45 +
    (database ? 0.25 : 0) -
    (cache ? 0.3 : 0) +
    sizeWeight(claim.claim.capacityBytes ?? claim.claim.requestedBytes) +
    dependentWeight(claim) +
    (bound ? 0.1 : 0);
  return Math.min(1, Math.max(0.05, Math.round(weight * 1_000) / 1_000));
}

/** 1 GiB or less adds nothing, 1 TiB and more 0.2; unknown counts as 30 GiB. */
function sizeWeight(bytes: number | null): number {
  const gibibytes = bytes === null ? 30 : bytes / GIB;
  return 0.2 * Math.min(1, Math.max(0, Math.log10(Math.max(gibibytes, 1)) / 3));
}

function dependentWeight(claim: Claim): number {
  const pods = new Set(claim.claim.mounts.map((mount) => mount.pod)).size;
  return Math.min(0.1, 0.05 * Math.max(0, pods - 1));
}
