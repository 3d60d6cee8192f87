-- What people ask for and decide about: objectives, and what becomes of recommendations.

create table plimsoll.objective_events (
  tenant_id   text collate "C" not null,
  scope       text collate "C" not null,
  position    integer not null check (position > 0),
  at          timestamptz(3) not null,
  actor       text not null,
  rpo_seconds double precision,
  rto_seconds double precision,
  reason      text,
  cluster_id  text collate "C",
  namespace   text collate "C",
  primary key (tenant_id, scope, position),
  foreign key (tenant_id, scope) references plimsoll.objectives (tenant_id, scope)
);
comment on table plimsoll.objective_events is 'Every change of an objective; both targets null: it was taken back.';

select plimsoll.protect('plimsoll.objective_events', 'namespaces');
-- What applies to all of a cluster is nothing a namespace has to hide; only who sees all of it may set it.
create policy wider on plimsoll.objectives for select to authenticated
  using (tenant_id = (select plimsoll.current_tenant()) and namespace is null);
create policy wider on plimsoll.objective_events for select to authenticated
  using (tenant_id = (select plimsoll.current_tenant()) and namespace is null);
grant insert, update on plimsoll.objectives to authenticated;
grant insert on plimsoll.objective_events to authenticated;
create policy changers on plimsoll.objectives to authenticated
  using (tenant_id = (select plimsoll.current_tenant()) and (select plimsoll.may_change())
    and ((select plimsoll.sees_all_namespaces()) or (cluster_id || '/' || namespace) = any ((select plimsoll.granted_namespaces())::text[])));
create policy changers on plimsoll.objective_events for insert to authenticated
  with check (tenant_id = (select plimsoll.current_tenant()) and (select plimsoll.may_change()) and actor = (select plimsoll.claim('sub'))
    and ((select plimsoll.sees_all_namespaces()) or (cluster_id || '/' || namespace) = any ((select plimsoll.granted_namespaces())::text[])));

-- The row that an objective for this place has; refuses places that are not there, or beyond what the caller may change.
create function plimsoll.objective_at(place jsonb) returns plimsoll.objectives language plpgsql stable as $$
declare
  target plimsoll.objectives;
begin
  target.tenant_id := plimsoll.current_tenant();
  target.level := case when place ->> 'resourceId' is not null then 'resource' when place ->> 'namespace' is not null then 'namespace'
    when place ->> 'clusterId' is not null then 'cluster' else 'tenant' end;
  target.cluster_id := place ->> 'clusterId';
  target.namespace := place ->> 'namespace';
  if target.level = 'resource' then
    select r.resource_id, r.cluster_id, r.namespace into target.resource_id, target.cluster_id, target.namespace
    from plimsoll.resources r where r.tenant_id = target.tenant_id and r.resource_id = place ->> 'resourceId';
    if target.resource_id is null then
      raise exception 'no resource %', place ->> 'resourceId' using errcode = 'PT404', hint = 'List the resources for their ids.';
    end if;
  elsif target.level = 'namespace' and not exists (select from plimsoll.resources r where r.tenant_id = target.tenant_id
      and r.cluster_id = target.cluster_id and r.namespace = target.namespace) then
    raise exception 'nothing has been read of namespace % in cluster %', target.namespace, coalesce(target.cluster_id, '(none given)')
      using errcode = 'PT404', hint = 'List the clusters for their ids and the resources for their namespaces.';
  elsif target.level = 'cluster' and not exists (select from plimsoll.clusters c where c.tenant_id = target.tenant_id
      and c.cluster_id = target.cluster_id) then
    raise exception 'no cluster %', target.cluster_id using errcode = 'PT404', hint = 'List the clusters for their ids.';
  end if;
  target.scope := case target.level when 'tenant' then 'all' when 'cluster' then 'cluster/' || target.cluster_id
    when 'namespace' then 'namespace/' || target.cluster_id || '/' || target.namespace else 'resource/' || target.resource_id end;
  perform plimsoll.refuse_readers();
  if target.namespace is null and not plimsoll.sees_all_namespaces() then
    raise exception 'this member may change some namespaces only' using errcode = 'PT403',
      hint = 'Set it for a namespace or a resource, or ask a member who sees all namespaces.';
  end if;
  return target;
end $$;

create function public.plimsoll_set_objective(objective jsonb, at_time timestamptz) returns jsonb language plpgsql as $$
declare
  target constant plimsoll.objectives := plimsoll.objective_at(objective);
  rpo constant double precision := (objective ->> 'rpoSeconds')::double precision;
  rto constant double precision := (objective ->> 'rtoSeconds')::double precision;
  why constant text := objective ->> 'reason';
begin
  update plimsoll.objectives o set rpo_seconds = rpo, rto_seconds = rto, reason = why, owner = plimsoll.claim('sub'), created_at = at_time
  where o.tenant_id = target.tenant_id and o.scope = target.scope and (o.rpo_seconds, o.rto_seconds, o.reason) is distinct from (rpo, rto, why);
  if not found then
    insert into plimsoll.objectives (tenant_id, scope, level, cluster_id, namespace, resource_id, rpo_seconds, rto_seconds, reason, owner, created_at)
    select target.tenant_id, target.scope, target.level, target.cluster_id, target.namespace, target.resource_id, rpo, rto, why,
      plimsoll.claim('sub'), at_time
    where coalesce(rpo, rto) is not null
    on conflict (tenant_id, scope) do nothing;
  end if;
  if not found then
    return null;
  end if;
  insert into plimsoll.objective_events (tenant_id, scope, position, at, actor, rpo_seconds, rto_seconds, reason, cluster_id, namespace)
  select target.tenant_id, target.scope, coalesce(max(e.position), 0) + 1, at_time, plimsoll.claim('sub'), rpo, rto, why,
    target.cluster_id, target.namespace
  from plimsoll.objective_events e where e.tenant_id = target.tenant_id and e.scope = target.scope;
  perform plimsoll.count_change(c.cluster_id, true) from plimsoll.clusters c
  where c.tenant_id = target.tenant_id and (target.cluster_id is null or c.cluster_id = target.cluster_id);
  return null;
end $$;

-- The widest first, in the order of their scopes. A filter by cluster or namespace leaves out what is wider.
create function public.plimsoll_list_objectives(query jsonb) returns jsonb language plpgsql stable as $$
declare
  items jsonb;
begin
  execute format($q$
    select coalesce(jsonb_agg(jsonb_build_object('scope', o.scope, 'level', o.level, 'clusterId', o.cluster_id, 'cluster', c.name,
      'namespace', o.namespace, 'resourceId', o.resource_id, 'resource', r.name, 'rpoSeconds', o.rpo_seconds, 'rtoSeconds', o.rto_seconds,
      'reason', o.reason, 'owner', o.owner, 'setAt', plimsoll.iso(o.created_at),
      'events', (select coalesce(jsonb_agg(jsonb_build_object('at', plimsoll.iso(e.at), 'actor', e.actor, 'rpoSeconds', e.rpo_seconds,
        'rtoSeconds', e.rto_seconds, 'reason', e.reason) order by e.position), '[]') from plimsoll.objective_events e
        where e.tenant_id = o.tenant_id and e.scope = o.scope)) order by o.scope), '[]')
    from (select * from plimsoll.objectives o where o.tenant_id = (select plimsoll.current_tenant()) %s
      order by o.scope limit ($1 ->> 'limit')::integer + 1) o
    left join plimsoll.clusters c on c.tenant_id = o.tenant_id and c.cluster_id = o.cluster_id
    left join plimsoll.resources r on r.tenant_id = o.tenant_id and r.resource_id = o.resource_id $q$,
    plimsoll.conditions(query, jsonb_build_object('clusterId', $c$o.cluster_id = $1 ->> 'clusterId'$c$, 'namespace', $c$o.namespace = $1 ->> 'namespace'$c$,
      'level', $c$o.level = $1 ->> 'level'$c$, 'after', $c$o.scope > $1 -> 'after' ->> 0$c$))
    || case when query ->> 'includeEnded' = 'true' then '' else ' and coalesce(o.rpo_seconds, o.rto_seconds) is not null' end) into items using query;
  return plimsoll.page(items, query, array['scope']);
end $$;

-- What each claim stands on, in the order of the primary key: what-if reads all of it.
create function public.plimsoll_list_standings(query jsonb) returns jsonb language plpgsql stable as $$
declare
  items jsonb;
begin
  execute format($q$
    select coalesce(jsonb_agg(jsonb_build_object('resourceId', k.resource_id, 'clusterId', k.cluster_id, 'cluster', c.name, 'namespace', k.namespace,
      'name', r.name, 'app', r.app, 'storageClass', r.claim ->> 'storageClass', 'coverage', coalesce(v.state, 'unknown'), 'ways', k.ways,
      'judgedAt', plimsoll.iso(s.judged_at)) order by k.resource_id), '[]')
    from (select * from plimsoll.risk_scores k where k.tenant_id = (select plimsoll.current_tenant()) %s
      order by k.resource_id limit ($1 ->> 'limit')::integer + 1) k
    join plimsoll.clusters c on c.tenant_id = k.tenant_id and c.cluster_id = k.cluster_id
    join plimsoll.collector_state s on s.tenant_id = k.tenant_id and s.cluster_id = k.cluster_id
    join plimsoll.resources r on r.tenant_id = k.tenant_id and r.resource_id = k.resource_id
    left join plimsoll.coverage v on v.tenant_id = k.tenant_id and v.resource_id = k.resource_id $q$,
    plimsoll.conditions(query, jsonb_build_object('clusterId', $c$k.cluster_id = $1 ->> 'clusterId'$c$,
      'after', $c$k.resource_id > $1 -> 'after' ->> 0$c$))) into items using query;
  return plimsoll.page(items, query, array['resourceId']);
end $$;

select plimsoll.expose(name, 'authenticated') from unnest(array['plimsoll_set_objective', 'plimsoll_list_objectives', 'plimsoll_list_standings']) as name;
do $$
declare
  helper regprocedure;
begin
  for helper in select p.oid::regprocedure from pg_proc p where p.pronamespace = 'plimsoll'::regnamespace and p.proname in ('objective_at') loop
    execute format('revoke all on function %s from public', helper);
    execute format('grant execute on function %s to authenticated', helper);
  end loop;
end $$;

insert into plimsoll.schema_migrations (version, name, compatible_from) values (9, 'advice', 1);
