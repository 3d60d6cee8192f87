import { parseLoss } from '../analyze/what-if-loss.ts';
import { whatIf } from '../analyze/what-if.ts';
import type { Standing } from '../domain/views.ts';
import type { UserStore } from '../store/port.ts';
import type { Workspace } from './api.ts';
import { pagesOf } from './pages.ts';
import { createRuleBook } from './rule-book.ts';

/** What a caller may read and do: the store's answers, and what is computed from them. */
export function createWorkspace(store: UserStore): Workspace {
  return {
    ...store,
    ...createRuleBook(store),
    whatIf: async (lose, clusterId) => {
      const loss = parseLoss(lose);
      return whatIf(await readStandings(store, clusterId), loss);
    },
  };
}

async function readStandings(
  store: Pick<UserStore, 'listStandings'>,
  clusterId: string | null,
): Promise<Standing[]> {
  const scope = clusterId === null ? {} : { clusterId };
  const standings: Standing[] = [];
  for await (const { items } of pagesOf((page) => store.listStandings({ ...page, ...scope })))
    standings.push(...items);
  return standings;
}
