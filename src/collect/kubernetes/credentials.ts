import type { KubeConfig, RequestContext } from '@kubernetes/client-node';
import { AppError } from '../../domain/error.ts';

/**
 * Puts the kubeconfig's credentials on a request; exec plugins and token files are read here. Throws AppError
 * `source-unauthorized` that names what failed and never shows a secret.
 */
export async function applyCredentials(
  config: KubeConfig,
  request: RequestContext,
  timeoutMs: number,
): Promise<void> {
  const plugin = pluginOf(config);
  let timer: NodeJS.Timeout | undefined;
  try {
    const applied = config.applySecurityAuthentication(request);
    if (plugin === null) return await applied;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(
        () => reject(new Error(`no answer within ${timeoutMs / 1000} s`)),
        timeoutMs,
      );
    });
    await Promise.race([applied, late]);
  } catch (error) {
    throw plugin === null ? fileError(error) : pluginError(plugin, error);
  } finally {
    clearTimeout(timer);
  }
}

function pluginOf(config: KubeConfig): string | null {
  const user = config.getCurrentUser();
  const exec: unknown = user?.exec ?? null;
  if (typeof exec !== 'object' || exec === null) return null;
  return 'command' in exec ? String(exec.command) : 'without a command';
}

function pluginError(plugin: string, error: unknown): AppError {
  return new AppError('source-unauthorized', `credential plugin ${plugin} ${pluginFault(error)}`, {
    retryable: true,
    nextStep: `Run \`${plugin}\` by hand, or \`kubectl get namespaces\`, sign in again and see what it says.`,
  });
}

function pluginFault(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : null;
  if (code === 'ENOENT') return 'was not found on this machine';
  if (code === 'EACCES') return 'may not be executed';
  // Their messages quote what the plugin printed, which may hold a token.
  if (error instanceof SyntaxError || error instanceof TypeError)
    return 'printed no valid ExecCredential';
  const said = error instanceof Error ? withoutSecrets(error.message) : '';
  return said === '' ? 'failed and said nothing' : `failed: ${said}`;
}

/** The first lines, with everything that could be a token or key cut out. */
export function withoutSecrets(text: string): string {
  return text
    .replace(/[A-Za-z0-9_\-+/=]{12,}(\.[A-Za-z0-9_\-+/=]+){2,}/g, '[…]')
    .replace(/(token|secret|password|key)(["']?\s*[:=]\s*["']?)[^\s"',}]+/gi, '$1$2[…]')
    .replace(/[A-Za-z0-9_+/=]{32,}/g, '[…]')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, 300);
}

function fileError(error: unknown): AppError {
  const said = error instanceof Error ? withoutSecrets(error.message) : 'unknown reason';
  return new AppError('source-unauthorized', `the credentials cannot be read: ${said}`, {
    retryable: true,
    nextStep: 'Check the token, certificate and key files that the kubeconfig names.',
  });
}
