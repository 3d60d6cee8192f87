import { z } from 'zod';

/** The stores that speak Prometheus' API and where they differ. */
export const PROMETHEUS_BACKENDS = ['prometheus', 'thanos', 'mimir', 'victoriametrics'] as const;
export type PrometheusBackend = (typeof PROMETHEUS_BACKENDS)[number];

/** What can be said of a metrics store, in the environment and in a clusters file alike. */
export const PrometheusFields = {
  url: z
    .string()
    .refine(isPlainUrl, 'must be a URL that starts with http:// or https://, without credentials'),
  backend: z.enum(PROMETHEUS_BACKENDS),
  tenant: z.string().min(1),
  clusterLabel: z
    .string()
    .regex(/^[a-zA-Z_][a-zA-Z0-9_]*(=.+)?$/, 'must be a label name, or label=value'),
  tokenFile: z.string().min(1),
  username: z.string().min(1),
  passwordFile: z.string().min(1),
  caFile: z.string().min(1),
  certFile: z.string().min(1),
  keyFile: z.string().min(1),
};

const Settings = z.strictObject(PrometheusFields).partial();
export type PrometheusSettings = z.infer<typeof Settings>;

/** Which settings do not go together; `nameOf` says how the reader knows a field. */
export function prometheusMistakes(
  settings: PrometheusSettings,
  nameOf: (field: string) => string = (field) => field,
): { field: string; message: string }[] {
  const mistakes: { field: string; message: string }[] = [];
  const together = [
    ['username', 'passwordFile'],
    ['passwordFile', 'username'],
    ['certFile', 'keyFile'],
    ['keyFile', 'certFile'],
  ] as const;
  for (const [given, missing] of together)
    if (settings[given] !== undefined && settings[missing] === undefined)
      mistakes.push({ field: missing, message: `is needed with ${nameOf(given)}` });
  if (settings.tokenFile !== undefined && settings.username !== undefined)
    mistakes.push({ field: 'tokenFile', message: `cannot be used with ${nameOf('username')}` });
  return mistakes;
}

/** What a clusters file may say of one cluster's store; `false`: it has none. */
export const ClusterPrometheus = z.union([
  z.literal(false),
  Settings.superRefine((settings, context) => {
    for (const { field, message } of prometheusMistakes(settings))
      context.addIssue({ code: 'custom', path: [field], message });
  }),
]);
export type ClusterPrometheus = z.infer<typeof ClusterPrometheus>;

function isPlainUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password } = new URL(text);
  return ['http:', 'https:'].includes(protocol) && username === '' && password === '';
}
