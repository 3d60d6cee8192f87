import { escapeIdentifier, type PoolClient } from 'pg';
import { gatewayError } from './gateway-errors.ts';

export interface RpcFunction {
  name: string;
  /** Input arguments in order. */
  inputs: { name: string; type: string; required: boolean; variadic: boolean }[];
  returnsSet: boolean;
  returnsVoid: boolean;
  /** A table or composite, so that rows become objects. */
  returnsRows: boolean;
}

/** What the schema cache holds of one name. */
const LOOK_UP = `
  select p.proname as name, p.proretset as "returnsSet", p.prorettype = 'void'::regtype as "returnsVoid",
    t.typtype = 'c' or (p.prorettype = 'record'::regtype
      and coalesce(p.proargmodes && array['t', 'o', 'b']::"char"[], true)) as "returnsRows",
    coalesce((
      select json_agg(json_build_object('name', coalesce(p.proargnames[a.place], ''), 'type', format_type(a.type, null),
        'required', a.rank <= p.pronargs - p.pronargdefaults, 'variadic', a.mode = 'v') order by a.place)
      from (
        select u.type, u.place, coalesce(p.proargmodes[u.place], 'i') as mode, row_number() over (order by u.place) as rank
        from unnest(coalesce(p.proallargtypes, p.proargtypes::oid[])) with ordinality as u (type, place)
        where coalesce(p.proargmodes[u.place], 'i') in ('i', 'b', 'v')
      ) a
    ), '[]') as inputs
  from pg_proc p join pg_type t on t.oid = p.prorettype
  where p.pronamespace = 'public'::regnamespace and p.prokind = 'f' and p.proname = $1`;

/** The one function whose arguments fit the set of given names; else PostgREST's 404 or 300. */
export async function findFunction(
  client: PoolClient,
  name: string,
  given: string[],
): Promise<RpcFunction> {
  const { rows } = await client.query<RpcFunction>(LOOK_UP, [name]);
  const fitting = rows.filter(
    ({ inputs }) =>
      given.every((each) => inputs.some((input) => input.name === each)) &&
      inputs.every((input) => !input.required || input.variadic || given.includes(input.name)),
  );
  const [found] = fitting;
  if (found === undefined) throw unknownFunction(name, given);
  if (fitting.length > 1)
    throw gatewayError(
      300,
      'PGRST203',
      `Could not choose the best candidate function between: ${fitting.map((each) => `public.${each.name}`).join(', ')}`,
    );
  return found;
}

function unknownFunction(name: string, given: string[]) {
  const sorted = given.toSorted();
  const shown =
    sorted.length === 0
      ? `public.${name} without parameters`
      : `public.${name}(${sorted.join(', ')})`;
  return gatewayError(404, 'PGRST202', `Could not find the function ${shown} in the schema cache`, {
    details: `Searched for the function public.${name}${sorted.length === 0 ? ' without parameters' : ` with parameters ${sorted.join(', ')}`}, but no matches were found in the schema cache.`,
  });
}

/** Calls it with `$1`, a JSON object of arguments, and gives `body`, `total` and `shown`. */
export function selectFrom(found: RpcFunction, given: string[], maxRows: number): string {
  const inputs = found.inputs.filter(({ name }) => given.includes(name));
  const record = inputs.map(({ name, type }) => `${escapeIdentifier(name)} ${type}`).join(', ');
  const passed = inputs
    .map(
      ({ name, variadic }) =>
        `${variadic ? 'variadic ' : ''}${escapeIdentifier(name)} := args.${escapeIdentifier(name)}`,
    )
    .join(', ');
  const from =
    inputs.length === 0 ? `(select $1::json) args` : `json_to_record($1::json) as args(${record})`;
  const called = `public.${escapeIdentifier(found.name)}(${passed})`;
  const source = found.returnsRows
    ? `select r.* from ${from}, lateral ${called} as r`
    : `select ${called} as scalar from ${from}`;
  const item = found.returnsRows ? 'row_to_json(page)' : 'page.scalar';
  const list = `coalesce(json_agg(${item}), '[]')`;
  const body = found.returnsVoid
    ? 'null'
    : found.returnsSet
      ? `${list}::text`
      : `(${list} -> 0)::text`;
  return `with source as materialized (${source}), page as (select * from source limit ${maxRows})
    select ${body} as body, count(*)::text as shown, (select count(*) from source)::text as total from page`;
}
