import { parseLoss } from '../analyze/what-if-loss.ts';
import { whatIf } from '../analyze/what-if.ts';
import type { Page, Standing } from '../domain/views.ts';
import type { UserStore } from '../store/port.ts';
import type { Workspace } from './api.ts';
import { createRuleBook } from './rule-book.ts';

const PAGE = 500;

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
  const standings: Standing[] = [];
  let cursor: string | null = null;
  do {
    const page: Page<Standing> = await store.listStandings({
      limit: PAGE,
      ...(clusterId !== null && { clusterId }),
      ...(cursor !== null && { cursor }),
    });
    standings.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor !== null);
  return standings;
}
