import type { RestoreRunFact } from '../../../domain/facts.ts';
import { labelValueOf } from './label-value.ts';
import type { Restore, VolumeObject } from './schema.ts';

/**
 * What Restores brought back. The Restore itself does not say: it completes, too, when a claim that exists already
 * was left as it is, or when no pod was restored that would start the copy (FM-21). Each volume it fills has a
 * PodVolumeRestore or DataDownload. Holds what exists, in whatever order it comes, and gives the Restores whose bytes
 * changed by it.
 */
export interface RestoreBook {
  noteRestore(restore: Restore, dropped: string[], fact: RestoreRunFact): RestoreRunFact;
  forgetRestore(uid: string): void;
  /** A list of Restores is complete, of one namespace or of all (null). */
  keepRestores(namespace: string | null, uids: ReadonlySet<string>): void;
  /** A volume that a Backup holds as data of its own; `backup` is `namespace/name`, the name as labels give it. */
  noteSaved(backup: string, volume: VolumeObject): RestoreRunFact[];
  forgetBackup(backup: string): RestoreRunFact[];
  noteFilled(restoreUid: string, volume: VolumeObject): RestoreRunFact[];
}

interface SeenRestore {
  fact: RestoreRunFact;
  backup: string | null;
  /** Namespaces whose claims it was to bring back; null: cannot be told. */
  asksFor: ((namespace: string) => boolean) | null;
}

export function createRestoreBook(): RestoreBook {
  const restores = new Map<string, SeenRestore>();
  /** Per Backup, the namespaces of the volumes it holds. */
  const saved = new Map<string, Set<string>>();
  /** Per Restore, the bytes of each volume it fills; null while a volume does not say. */
  const filled = new Map<string, Map<string, number | null>>();

  function told({ fact, backup, asksFor }: SeenRestore): RestoreRunFact {
    const volumes = [...(filled.get(fact.uid)?.values() ?? [])];
    if (volumes.length > 0) return { ...fact, restoredBytes: sumOf(volumes) };
    const held = [...(saved.get(backup ?? '') ?? [])];
    const none = fact.outcome === 'success' && asksFor !== null && held.some(asksFor);
    return { ...fact, restoredBytes: none ? 0 : null };
  }

  const ofBackup = (backup: string): RestoreRunFact[] =>
    [...restores.values()].filter((one) => one.backup === backup).map(told);

  function forgetRestore(uid: string): void {
    restores.delete(uid);
    filled.delete(uid);
  }

  return {
    noteRestore(restore, dropped, fact) {
      const { namespace } = restore.metadata;
      const name = restore.spec?.backupName;
      const backup = name ? `${namespace}/${labelValueOf(name)}` : null;
      const seen = { fact, backup, asksFor: dropped.length > 0 ? null : askedFor(restore) };
      restores.set(fact.uid, seen);
      return told(seen);
    },
    forgetRestore,
    keepRestores(namespace, uids) {
      for (const [uid, { fact }] of restores)
        if ((namespace === null || namespace === fact.namespace) && !uids.has(uid))
          forgetRestore(uid);
    },
    noteSaved(backup, { spec, status }) {
      const namespace = spec?.sourceNamespace ?? spec?.pod?.namespace;
      const empty = status?.message?.includes('volume was empty') ?? false;
      const held = saved.get(backup) ?? new Set<string>();
      if (!namespace || status?.phase !== 'Completed' || empty || held.has(namespace)) return [];
      saved.set(backup, held.add(namespace));
      return ofBackup(backup);
    },
    forgetBackup: (backup) => (saved.delete(backup) ? ofBackup(backup) : []),
    noteFilled(restoreUid, { metadata, status }) {
      const volumes = filled.get(restoreUid) ?? new Map<string, number | null>();
      filled.set(restoreUid, volumes.set(metadata.uid, status?.progress?.bytesDone ?? null));
      const seen = restores.get(restoreUid);
      return seen === undefined ? [] : [told(seen)];
    },
  };
}

/** Unknown while one of the volumes is: a part would pass for the whole. */
function sumOf(volumes: (number | null)[]): number | null {
  return volumes.reduce((sum, bytes) => (sum === null || bytes === null ? null : sum + bytes), 0);
}

const CLAIMS = ['persistentvolumeclaims', 'persistentvolumeclaim', 'pvc'];
const names = (list: string[], words: string[]): boolean =>
  list.some((one) => words.includes(one.toLowerCase()));

/** Whose claims a Restore was to bring back; null when labels choose among them, or it leaves claims out. */
function askedFor({ spec }: Restore): ((namespace: string) => boolean) | null {
  const [taken, left] = [spec?.includedResources ?? [], spec?.excludedResources ?? []];
  if (taken.length > 0 && !names(taken, [...CLAIMS, '*'])) return null;
  if (names(left, [...CLAIMS, '*']) || spec?.restorePVs === false) return null;
  if (spec?.labelSelector || spec?.orLabelSelectors?.length) return null;
  const included = spec?.includedNamespaces ?? [];
  const excluded = spec?.excludedNamespaces ?? [];
  return (namespace) =>
    (included.length === 0 || included.includes('*') || included.includes(namespace)) &&
    !excluded.includes(namespace);
}
