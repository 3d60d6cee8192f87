import { textMap } from '../kubernetes/object-meta.ts';

const PREFIXES = [
  'plimsoll.dev/',
  'backup.velero.io/',
  'velero.io/',
  'k8up.io/',
  'k8up.syn.tools/',
  'kopiur.home-operations.com/',
  'volsync.backube/',
  'longhorn.io/',
];
/** People's own words for backups, whatever their prefix. */
const OWN = /backup/i;
const LONGEST = 1_024;

/** The annotations that mean something to us, values cut at 1,024 characters. */
export function keptAnnotations(annotations: unknown): Record<string, string> {
  const kept = Object.entries(textMap(annotations)).filter(
    ([key]) => OWN.test(key) || PREFIXES.some((prefix) => key.startsWith(prefix)),
  );
  return Object.fromEntries(kept.map(([key, value]) => [key, value.slice(0, LONGEST)]));
}
