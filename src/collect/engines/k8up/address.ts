import type { Backend } from './schema.ts';

/**
 * The repository's address as restic writes it, e.g. `s3:https://minio/backups`; null when the object leaves it to the
 * operator's global settings, which are not read. Credentials in a URL are left out.
 */
export function addressOf(backend: Backend | undefined): string | null {
  if (!backend) return null;
  const { local, s3, gcs, azure, swift, b2, rest } = backend;
  if (local?.mountPath) return local.mountPath;
  if (s3?.endpoint && s3.bucket)
    return withoutUser(`s3:${s3.endpoint.replace(/\/+$/, '')}/${s3.bucket}`);
  if (gcs?.bucket) return `gs:${gcs.bucket}:/`;
  if (azure?.container) return `azure:${azure.container}:${azure.path ?? '/'}`;
  if (swift?.container) return `swift:${swift.container}:${swift.path ?? ''}`;
  if (b2?.bucket) return `b2:${b2.bucket}:${b2.path ?? ''}`;
  return rest?.url ? withoutUser(`rest:${rest.url}`) : null;
}

/** Whoever reads a finding must not read a password. */
export function withoutUser(address: string): string {
  return address.replace(/:\/\/[^/@]*@/, '://').slice(0, 500);
}
