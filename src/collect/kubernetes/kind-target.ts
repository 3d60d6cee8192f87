/** One kind in one scope, as this API serves it. */
export interface KindTarget {
  group: string;
  version: string;
  plural: string;
  kind: string;
  namespaced: boolean;
  /** Null: the whole cluster. */
  namespace: string | null;
  /** Ask for names, labels and owners only. */
  metadataOnly: boolean;
}

const METADATA_LIST = 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io';
const METADATA = 'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io';

/** `group/plural`, or the plural in the core group: how problems name a kind. */
export function sourceOf(kind: { group: string; plural: string }): string {
  return kind.group === '' ? kind.plural : `${kind.group}/${kind.plural}`;
}

export function pathOf(target: KindTarget): string {
  const root =
    target.group === '' ? `/api/${target.version}` : `/apis/${target.group}/${target.version}`;
  const scope =
    target.namespace === null ? '' : `/namespaces/${encodeURIComponent(target.namespace)}`;
  return `${root}${scope}/${target.plural}`;
}

export function listAccept(target: KindTarget): string {
  return target.metadataOnly ? `${METADATA_LIST},application/json` : 'application/json';
}

export function watchAccept(target: KindTarget): string {
  return target.metadataOnly ? `${METADATA},application/json` : 'application/json';
}
