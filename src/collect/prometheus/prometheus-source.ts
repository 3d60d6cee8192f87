import type { PrometheusBackend } from '../../domain/prometheus-settings.ts';

/** Where one cluster's metrics are, as configured; nothing has been asked yet. */
export interface PrometheusSource {
  /** Without `/api/v1`, e.g. `https://mimir.example/prometheus`; never with credentials. */
  url: string;
  backend: PrometheusBackend;
  /** Sent as `X-Scope-OrgID`. */
  tenant: string | null;
  /** The external label by which one store tells clusters apart; it is put on every selector. */
  clusterLabel: { name: string; value: string } | null;
  /** Reads credentials from their files anew. Throws AppError `source-unauthorized` naming the file. */
  credentials(): PrometheusCredentials;
}

export interface PrometheusCredentials {
  bearer: string | null;
  basic: { username: string; password: string } | null;
  tls: { ca: string | null; cert: string | null; key: string | null };
}

export const NO_CREDENTIALS: PrometheusCredentials = {
  bearer: null,
  basic: null,
  tls: { ca: null, cert: null, key: null },
};

/** A store that asks for no credentials and holds one cluster. */
export function openSource(url: string): PrometheusSource {
  return {
    url: url.replace(/\/+$/, ''),
    backend: 'prometheus',
    tenant: null,
    clusterLabel: null,
    credentials: () => NO_CREDENTIALS,
  };
}
