import { problemKinds } from './problem.ts';
import { escapeHtml } from './web-files.ts';

interface Parameter {
  name: string;
  in: string;
  required?: boolean;
  description?: string;
  schema?: { enum?: unknown[]; type?: unknown };
}
interface Operation {
  summary?: string;
  tags?: string[];
  parameters?: unknown[];
  responses?: Record<string, unknown>;
}
interface Document {
  info: { title: string; version: string; description?: string };
  paths?: unknown;
}

/** The OpenAPI document as one quiet page, without script; `origin` is where the reader found it. */
export function renderDocs(document: Document, origin: string): string {
  const paths = (document.paths ?? {}) as Record<string, Record<string, Operation>>;
  const routes = Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => ({ path, method, operation })),
  );
  const tags = [...new Set(routes.map((route) => route.operation.tags?.[0] ?? 'other'))];
  const sections = tags.map(
    (tag) =>
      `<section><h2 id="${tag}">${escapeHtml(tag)}</h2>${routes
        .filter((route) => (route.operation.tags?.[0] ?? 'other') === tag)
        .map((route) => renderRoute(route.method, route.path, route.operation))
        .join('')}</section>`,
  );
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(document.info.title)} API</title><link rel="icon" href="/web/icon.svg"><link rel="stylesheet" href="/web/styles.css"></head>
<body class="docs"><main>
<p><a href="/">Plimsoll</a></p>
<h1>The feed</h1>
<p>${escapeHtml(document.info.description ?? '')} Version ${escapeHtml(document.info.version)}, <a href="/openapi.json">OpenAPI 3.1</a>.</p>
<pre tabindex="0">curl -H "Authorization: Bearer plk_…" ${escapeHtml(origin)}/v1/risk?limit=3</pre>
<p>Lists come in pages: follow <code>nextCursor</code> or the Link header. Every answer carries an ETag. Errors are RFC 9457 problems that name the next step.</p>
${sections.join('\n')}
<section><h2>problems</h2><dl>${problemKinds()
    .map(
      (kind) =>
        `<dt id="problem-${kind.code}"><code>${kind.code}</code> ${kind.status}</dt><dd>${escapeHtml(kind.title)}. ${escapeHtml(kind.nextStep)}</dd>`,
    )
    .join('')}</dl></section>
</main></body></html>`;
}

function renderRoute(method: string, path: string, operation: Operation): string {
  const parameters = (operation.parameters ?? []) as Parameter[];
  const rows = parameters.map((parameter) => {
    const values = parameter.schema?.enum?.map(String).join(', ');
    const words = [
      parameter.required === true ? 'required' : '',
      values ?? '',
      parameter.description ?? '',
    ];
    return `<dt><code>${escapeHtml(parameter.name)}</code></dt><dd>${escapeHtml(words.filter(Boolean).join('; '))}</dd>`;
  });
  const list = rows.length > 0 ? `<dl>${rows.join('')}</dl>` : '';
  return `<article class="route"><h3><code>${method.toUpperCase()} ${escapeHtml(path)}</code></h3><p>${escapeHtml(operation.summary ?? '')}</p>${list}</article>`;
}
