import { AppError } from '../../domain/error.ts';
import { whoAsks } from '../authenticate.ts';
import type { App, Door } from '../env.ts';
import { sendFile, signedOutPage, type WebFiles } from '../web-files.ts';

/** The page itself for a session, else the page that says how to get a link. Its files hold nothing secret. */
export function addPageRoutes(app: App, { services }: Door, files: WebFiles): void {
  app.get('/', async (c) => {
    const asking = await whoAsks(c, services.signIn);
    return asking === null ? signedOutPage(c, files, null) : sendFile(c, files, 'index.html');
  });
  app.get('/favicon.ico', (c) => c.redirect('/web/icon.svg', 301));
  app.get('/web/:file', (c) => {
    const name = c.req.param('file');
    if (!files.has(name) || name.endsWith('.html'))
      throw new AppError('not-found', `Nothing answers at ${c.req.path}.`);
    return sendFile(c, files, name);
  });
}
