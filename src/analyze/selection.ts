import type {
  ClaimDetails,
  LabelSelector,
  ResourceFact,
  SelectedClaim,
  Selection,
} from '../domain/facts.ts';

/** A claim as coverage sees it: a ResourceFact whose claim details are known. */
export type Claim = ResourceFact & { claim: ClaimDetails };

/** What a policy does with one claim's data. */
export type Taking =
  /** `listed` = the method leaves one object per volume, so its absence can be seen. */
  | {
      take: 'taken';
      listed: boolean;
      /** The engine passes its volume over while nothing uses it. */
      detachedSince?: Date | null;
    }
  /** Somebody left it out on purpose. */
  | { take: 'opted-out'; reason: string }
  /** In scope, but the method cannot or will not take it. */
  | { take: 'not-taken'; reason: string }
  | { take: 'unknown'; reason: string };

type NamespaceSelection = Extract<Selection, { type: 'namespaces' }>;

/** True for a claim that holds a person's data: engines' own caches and point-in-time copies do not. */
export function isClaim(resource: ResourceFact): resource is Claim {
  return resource.claim !== null && !resource.claim.temporary;
}

/** True when each run takes every claim of the policy: how a run went is how it went for each of them. */
export function takesTogether({ type }: Selection): boolean {
  return type === 'claims' || type === 'labels';
}

/**
 * What the selection does with the claim; null when the claim is outside its scope. `podsSeen` says whether pods of
 * the claim's namespace could be read: file-system backup depends on them.
 */
export function takingOf(selection: Selection, claim: Claim, podsSeen: boolean): Taking | null {
  switch (selection.type) {
    case 'claims':
      return selection.namespace === claim.namespace && selection.names.includes(claim.name)
        ? { take: 'taken', listed: true }
        : null;
    case 'labels':
      return selection.namespace === claim.namespace && hasAll(selection.matchLabels, claim.labels)
        ? { take: 'taken', listed: true }
        : null;
    case 'namespaces':
      return takingByNamespace(selection, claim, podsSeen);
    case 'each-claim': {
      const { namespace, name } = claim;
      const chosen = selection.claims.find(
        (one) => one.namespace === namespace && one.name === name,
      );
      return chosen === undefined ? null : takingOfEach(selection, chosen);
    }
    case 'unknown':
      return { take: 'unknown', reason: selection.reason };
  }
}

/** What a policy does with one of the claims it lists one by one. */
export function takingOfEach(
  { storage }: Extract<Selection, { type: 'each-claim' }>,
  { detachedSince }: SelectedClaim,
): Taking {
  if (storage === 'elsewhere') return { take: 'taken', listed: true, detachedSince };
  const reason =
    'it only takes snapshots on the volume’s own storage, which are lost with the volume';
  return { take: 'not-taken', reason };
}

function takingByNamespace(
  selection: NamespaceSelection,
  claim: Claim,
  podsSeen: boolean,
): Taking | null {
  if (!inNamespaces(selection, claim.namespace)) return null;
  const excluded = Object.entries(selection.excludeLabels).find(
    ([key, value]) => claim.labels[key] === value,
  );
  if (excluded !== undefined)
    return { take: 'opted-out', reason: `label ${excluded[0]}: ${excluded[1]} leaves it out` };
  if (!selection.claimsIncluded)
    return { take: 'not-taken', reason: 'the schedule filters claims out by kind' };
  const { labelSelectors } = selection;
  if (labelSelectors.length > 0 && !labelSelectors.some((one) => selects(one, claim.labels)))
    return null;
  const wish = wishOf(selection, claim);
  if (wish !== null && !wish.in)
    return { take: 'opted-out', reason: `annotation ${wish.text} leaves it out` };
  return takingByMethod(selection.volumes, claim, podsSeen, wish !== null);
}

/** What Go's `strconv.ParseBool` reads as true; all else leaves the claim out, as K8up does. */
const TRUE = new Set(['1', 't', 'T', 'true', 'TRUE', 'True']);

/** The claim's own word, where the engine asks its annotations. */
function wishOf(
  { annotations = [] }: NamespaceSelection,
  claim: Claim,
): { in: boolean; text: string } | null {
  const key = annotations.find((one) => claim.annotations[one] !== undefined);
  const value = key === undefined ? undefined : claim.annotations[key];
  return value === undefined ? null : { in: TRUE.has(value), text: `${key}: ${value}` };
}

function takingByMethod(
  method: NamespaceSelection['volumes'],
  claim: Claim,
  podsSeen: boolean,
  asked: boolean,
): Taking {
  switch (method) {
    case 'none':
      return { take: 'not-taken', reason: 'the schedule takes no volume data' };
    case 'native':
      return { take: 'taken', listed: false };
    case 'data-mover':
      return { take: 'taken', listed: true };
    case 'mounted':
      return asked || isMountable(claim)
        ? { take: 'taken', listed: true }
        : {
            take: 'not-taken',
            reason: `its access modes (${claim.claim.accessModes.join(', ')}) need an annotation that asks for it`,
          };
    case 'file-system':
    case 'file-system-opt-in':
      if (!podsSeen)
        return {
          take: 'unknown',
          reason: 'file-system backup goes by pods, and pods could not be read',
        };
      return takingByPods(method === 'file-system-opt-in', claim);
  }
}

const MOUNTABLE = ['ReadWriteOnce', 'ReadWriteMany'];

function isMountable({ claim: { accessModes } }: Claim): boolean {
  return accessModes.length === 0 || accessModes.some((mode) => MOUNTABLE.includes(mode));
}

/** Velero walks pods, not claims: one pod that lets its volume be taken is enough. */
function takingByPods(optInOnly: boolean, claim: Claim): Taking {
  const { mounts } = claim.claim;
  if (mounts.length === 0)
    return {
      take: 'not-taken',
      reason: 'no running pod mounts it, and file-system backup takes volumes of running pods',
    };
  const wanted = (mount: (typeof mounts)[number]) =>
    mount.fileSystemBackup === 'opt-in' || (!optInOnly && mount.fileSystemBackup === 'unset');
  if (mounts.some(wanted)) return { take: 'taken', listed: true };
  const optOut = mounts.find((mount) => mount.fileSystemBackup === 'opt-out');
  if (optOut !== undefined)
    return {
      take: 'opted-out',
      reason: `pod ${optOut.pod} leaves volume ${optOut.podVolume} out by backup.velero.io/backup-volumes-excludes`,
    };
  return {
    take: 'not-taken',
    reason: `file-system backup is opt-in and no pod lists the volume (${mounts[0]!.podVolume}) in backup.velero.io/backup-volumes`,
  };
}

function inNamespaces(selection: NamespaceSelection, namespace: string): boolean {
  const { include, exclude } = selection;
  if (exclude.some((glob) => globMatches(glob, namespace))) return false;
  return include.length === 0 || include.some((glob) => globMatches(glob, namespace));
}

const patterns = new Map<string, RegExp>();

/** `*`, `?`, `[abc]` and `{a,b}`; everything else is literal. */
export function globMatches(glob: string, text: string): boolean {
  if (glob === '*' || glob === text) return true;
  if (!/[*?[{]/.test(glob)) return false;
  let pattern = patterns.get(glob);
  if (pattern === undefined) {
    if (patterns.size >= 1_000) patterns.clear();
    pattern = patternOf(glob);
    patterns.set(glob, pattern);
  }
  return pattern.test(text);
}

const literal = (text: string) => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');

function patternOf(glob: string): RegExp {
  const source = glob.replace(/\[[\w-]+\]|\{[^{}]*\}|[^\w]/g, (part) => {
    if (part === '*') return '.*';
    if (part === '?') return '.';
    if (part.length > 1 && part.startsWith('[')) return part;
    if (part.length > 1 && part.startsWith('{'))
      return `(?:${part.slice(1, -1).split(',').map(literal).join('|')})`;
    return literal(part);
  });
  try {
    return new RegExp(`^${source}$`);
  } catch {
    // A range such as [z-a] is no pattern; Velero refuses it too.
    return /^(?!)/;
  }
}

/** Whether a label selector selects what has these labels; an empty one selects everything. */
export function selects(selector: LabelSelector, labels: Record<string, string>): boolean {
  return (
    hasAll(selector.matchLabels, labels) &&
    selector.matchExpressions.every((one) => matchesExpression(one, labels))
  );
}

function hasAll(wanted: Record<string, string>, labels: Record<string, string>): boolean {
  return Object.entries(wanted).every(([key, value]) => labels[key] === value);
}

function matchesExpression(
  { key, operator, values }: LabelSelector['matchExpressions'][number],
  labels: Record<string, string>,
): boolean {
  const value = labels[key];
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
  }
}
