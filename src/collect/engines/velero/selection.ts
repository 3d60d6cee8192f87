import type { LabelSelector, Selection } from '../../../domain/facts.ts';
import type { Template } from './schema.ts';

type VolumesMode = Extract<Selection, { type: 'namespaces' }>['volumes'];

/**
 * How a Backup takes volumes. Data movement and `defaultVolumesToFsBackup` leave an object per volume; with neither,
 * provider snapshots are taken unless switched off, and those leave none.
 */
export function volumesModeOf(template: Template): VolumesMode {
  const fileSystem = template.defaultVolumesToFsBackup ?? template.defaultVolumesToRestic ?? false;
  if (template.snapshotMoveData && template.snapshotVolumes !== false) return 'data-mover';
  if (fileSystem) return 'file-system';
  return template.snapshotVolumes === false ? 'file-system-opt-in' : 'native';
}

/** What a Schedule's template covers. */
export function selectionOf(template: Template | null | undefined): Selection {
  if (!template) return { type: 'unknown', reason: 'spec.template is not set' };
  const volumes = volumesModeOf(template);
  const selectors = [template.labelSelector, ...(template.orLabelSelectors ?? [])];
  return {
    type: 'namespaces',
    include: template.includedNamespaces ?? [],
    exclude: template.excludedNamespaces ?? [],
    labelSelectors: selectors.flatMap((selector) => (selector ? [labelSelectorOf(selector)] : [])),
    excludeLabels: { 'velero.io/exclude-from-backup': 'true' },
    claimsIncluded: claimsIncluded(template, volumes),
    volumes,
  };
}

function labelSelectorOf(selector: NonNullable<Template['labelSelector']>): LabelSelector {
  return {
    matchLabels: selector.matchLabels ?? {},
    matchExpressions: (selector.matchExpressions ?? []).map((expression) => ({
      key: expression.key,
      operator: expression.operator,
      values: expression.values ?? [],
    })),
  };
}

const CLAIMS = ['persistentvolumeclaims', 'persistentvolumeclaim', 'pvc'];
const PODS = ['pods', 'pod', 'po'];

/** File-system backup reads volumes through their pods, everything else through the claims. */
function claimsIncluded(template: Template, volumes: VolumesMode): boolean {
  const names = volumes.startsWith('file-system') ? PODS : CLAIMS;
  const has = (list: string[] | null | undefined) =>
    (list ?? []).some((entry) => entry === '*' || names.includes(entry.toLowerCase()));
  const included = [
    ...(template.includedResources ?? []),
    ...(template.includedNamespaceScopedResources ?? []),
  ];
  if (has(template.excludedResources) || has(template.excludedNamespaceScopedResources))
    return false;
  return included.length === 0 || has(included);
}
