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

-- What becomes of recommendations --------------------------------------------------------------------------------------

create table plimsoll.recommendation_events (
  tenant_id         text collate "C" not null,
  recommendation_id text collate "C" not null,
  position          integer not null check (position > 0),
  at                timestamptz(3) not null,
  actor             text not null,
  change            text not null check (change in ('opened', 'retired', 'dismiss', 'reopen', 'merge', 'measured')),
  note              text check (length(note) <= 2000),
  cluster_id        text collate "C" not null,
  namespace         text collate "C" not null,
  primary key (tenant_id, recommendation_id, position),
  foreign key (tenant_id, recommendation_id) references plimsoll.recommendations (tenant_id, recommendation_id)
);
comment on column plimsoll.recommendation_events.actor is '`plimsoll` or the subject.';

create table plimsoll.recommendation_effects (
  tenant_id         text collate "C" not null,
  recommendation_id text collate "C" not null,
  merged_at         timestamptz(3) not null,
  after_days        integer not null check (after_days > 0),
  cluster_id        text collate "C" not null,
  namespace         text collate "C" not null,
  verdict           text not null check (verdict in ('effective', 'regressed', 'unchanged', 'unknown')),
  measures          jsonb not null check (jsonb_typeof(measures) = 'array'),
  measured_at       timestamptz(3) not null,
  primary key (tenant_id, recommendation_id, merged_at, after_days),
  foreign key (tenant_id, recommendation_id) references plimsoll.recommendations (tenant_id, recommendation_id)
);
comment on table plimsoll.recommendation_effects is 'What merged recommendations have done: as many days after the merge compared with as many before.';
comment on column plimsoll.recommendation_effects.measures is 'Each with measure, unit, before, after and what was predicted; null: not known.';

select plimsoll.protect('plimsoll.' || name, 'namespaces') from unnest(array['recommendation_events', 'recommendation_effects']) as name;
grant update (state, merged_at, risk_at_merge, updated_at) on plimsoll.recommendations to authenticated;
grant insert on plimsoll.recommendation_events to authenticated;
create policy changers on plimsoll.recommendations for update to authenticated
  using (tenant_id = (select plimsoll.current_tenant()) and (select plimsoll.may_change())
    and ((select plimsoll.sees_all_namespaces()) or (cluster_id || '/' || namespace) = any ((select plimsoll.granted_namespaces())::text[])));
create policy changers on plimsoll.recommendation_events for insert to authenticated
  with check (tenant_id = (select plimsoll.current_tenant()) and (select plimsoll.may_change()) and actor = (select plimsoll.claim('sub'))
    and ((select plimsoll.sees_all_namespaces()) or (cluster_id || '/' || namespace) = any ((select plimsoll.granted_namespaces())::text[])));

create function plimsoll.log_recommendation(tenant text, recommendation text, happened_at timestamptz, by_whom text, what text, why text)
returns void language sql as $$
  insert into plimsoll.recommendation_events (tenant_id, recommendation_id, position, at, actor, change, note, cluster_id, namespace)
  select r.tenant_id, r.recommendation_id, (select coalesce(max(e.position), 0) + 1 from plimsoll.recommendation_events e
    where e.tenant_id = tenant and e.recommendation_id = recommendation), happened_at, by_whom, what, why, r.cluster_id, r.namespace
  from plimsoll.recommendations r where r.tenant_id = tenant and r.recommendation_id = recommendation
$$;

-- The policies a recommendation is about: its own, else those that take its claim.
create function plimsoll.advised_policies(r plimsoll.recommendations) returns text[] language sql stable as $$
  select case when r.policy_id is not null then array[r.policy_id]
    else array(select p.policy_id from plimsoll.protections p where p.tenant_id = r.tenant_id and p.resource_id = r.resource_id) end
$$;

-- Sum of the scores of the claims it is about; null: none is known.
create function plimsoll.advised_risk(r plimsoll.recommendations) returns double precision language sql stable as $$
  select sum(k.score) from plimsoll.risk_scores k where k.tenant_id = r.tenant_id and (k.resource_id = r.resource_id
    or (r.resource_id is null and k.resource_id in (select p.resource_id from plimsoll.protections p
      where p.tenant_id = r.tenant_id and p.policy_id = r.policy_id)))
$$;

create function public.plimsoll_change_recommendation(recommendation text, action text, note text, at_time timestamptz)
returns jsonb language plpgsql as $$
declare
  found_one plimsoll.recommendations;
  wanted constant text := case action when 'dismiss' then 'dismissed' when 'reopen' then 'open' when 'merge' then 'merged' end;
begin
  select * into found_one from plimsoll.recommendations r where r.tenant_id = plimsoll.current_tenant() and r.recommendation_id = recommendation;
  if found_one.recommendation_id is null then
    raise exception 'no recommendation %', recommendation using errcode = 'PT404', hint = 'List the recommendations for their ids.';
  end if;
  perform plimsoll.refuse_readers();
  if wanted is null then
    raise exception 'unknown action %', action using errcode = 'PT400', hint = 'Use dismiss, reopen or merge.';
  end if;
  select * into found_one from plimsoll.recommendations r where r.tenant_id = plimsoll.current_tenant() and r.recommendation_id = recommendation for update;
  if found_one.state = 'retired' then
    raise exception 'recommendation % no longer holds', recommendation using errcode = 'PT409', hint = 'It opens again by itself when it does.';
  end if;
  if found_one.state <> wanted then
    update plimsoll.recommendations r set state = wanted, updated_at = at_time, merged_at = case wanted when 'merged' then at_time end,
      risk_at_merge = case wanted when 'merged' then plimsoll.advised_risk(found_one) end
    where r.tenant_id = found_one.tenant_id and r.recommendation_id = recommendation;
    perform plimsoll.log_recommendation(found_one.tenant_id, recommendation, at_time, plimsoll.claim('sub'), action, nullif(left(note, 2000), ''));
    perform plimsoll.count_change(found_one.cluster_id, false);
  end if;
  return public.plimsoll_list_recommendations(jsonb_build_object('recommendationId', recommendation, 'limit', 1)) -> 'items' -> 0;
end $$;

-- How some policies did from one instant to another: runs, the longest time without a new copy, and what a run took by
-- the ledger's figures. Null is not known, never zero.
create function plimsoll.policies_between(tenant text, ids text[], since timestamptz, until timestamptz) returns jsonb language sql stable as $$
  with own as (
    select r.run_day, r.run_id, r.outcome, r.ended_at from plimsoll.runs r
    where r.tenant_id = tenant and r.policy_id = any (ids) and r.started_at >= since and r.started_at < until),
  marks as (
    select since as at union all select o.ended_at from own o where o.outcome = 'success' and o.ended_at is not null union all select until),
  gaps as (select extract(epoch from lead(m.at) over (order by m.at) - m.at) as seconds from marks m)
  select jsonb_build_object('runs', (select count(*) from own),
    'longestGapSeconds', case when exists (select from own o where o.outcome = 'success') then (select max(g.seconds) from gaps g) end,
    'joules', (select avg(e.joules) from own o join plimsoll.energy e on e.tenant_id = tenant and e.run_day = o.run_day and e.run_id = o.run_id),
    'amount', (select case when count(distinct c.currency) = 1 then avg(c.amount) end from own o
      join plimsoll.cost c on c.tenant_id = tenant and c.run_day = o.run_day and c.run_id = o.run_id),
    'currency', (select min(c.currency) from own o join plimsoll.cost c on c.tenant_id = tenant and c.run_day = o.run_day and c.run_id = o.run_id),
    'grams', (select avg(c.grams) from own o join plimsoll.carbon c on c.tenant_id = tenant and c.run_day = o.run_day and c.run_id = o.run_id))
$$;

-- Merged recommendations whose effect is due to be measured, each once for every number of days.
create function public.plimsoll_read_merged_advice(tenant text, cluster text, at_time timestamptz, days jsonb) returns jsonb language sql stable as $$
  select coalesce(jsonb_agg(jsonb_build_object('recommendationId', r.recommendation_id, 'mergedAt', plimsoll.iso(r.merged_at), 'afterDays', d.days,
    'effects', r.effects, 'riskBefore', r.risk_at_merge, 'riskAfter', plimsoll.advised_risk(r),
    'before', plimsoll.policies_between(tenant, plimsoll.advised_policies(r), r.merged_at - make_interval(days => d.days), r.merged_at),
    'after', plimsoll.policies_between(tenant, plimsoll.advised_policies(r), r.merged_at, r.merged_at + make_interval(days => d.days)))
    order by r.merged_at, r.recommendation_id, d.days), '[]')
  from plimsoll.recommendations r cross join lateral (select x.value::integer as days from jsonb_array_elements_text(plimsoll_read_merged_advice.days) x) d
  where r.tenant_id = tenant and r.cluster_id = cluster and r.merged_at is not null and r.merged_at + make_interval(days => d.days) <= at_time
    and not exists (select from plimsoll.recommendation_effects e where e.tenant_id = tenant and e.recommendation_id = r.recommendation_id
      and e.merged_at = r.merged_at and e.after_days = d.days)
$$;

create function public.plimsoll_save_advice_effects(tenant text, cluster text, effects jsonb) returns jsonb language plpgsql as $$
declare
  saved record;
begin
  for saved in
    insert into plimsoll.recommendation_effects (tenant_id, recommendation_id, merged_at, after_days, cluster_id, namespace, verdict, measures, measured_at)
    select tenant, x."recommendationId", x."mergedAt", x."afterDays", cluster, r.namespace, x.verdict, x.measures, x."measuredAt"
    from jsonb_to_recordset(effects) as x ("recommendationId" text, "mergedAt" timestamptz(3), "afterDays" integer, verdict text, measures jsonb,
      "measuredAt" timestamptz(3))
    join plimsoll.recommendations r on r.tenant_id = tenant and r.recommendation_id = x."recommendationId"
    on conflict do nothing
    returning recommendation_id, after_days, verdict, measured_at
  loop
    perform plimsoll.log_recommendation(tenant, saved.recommendation_id, saved.measured_at, 'plimsoll', 'measured',
      format('%s days after the merge: %s', saved.after_days, saved.verdict));
    update plimsoll.recommendations r set updated_at = greatest(r.updated_at, saved.measured_at)
    where r.tenant_id = tenant and r.recommendation_id = saved.recommendation_id;
  end loop;
  if found then
    update plimsoll.collector_state s set view_revision = s.view_revision + 1 where s.tenant_id = tenant and s.cluster_id = cluster;
  end if;
  return null;
end $$;

-- What a run of each policy has taken on average since a day; null is not known, never zero.
create function public.plimsoll_read_policy_figures(tenant text, cluster text, since date) returns jsonb language sql stable as $$
  select coalesce(jsonb_agg(jsonb_build_object('policyId', f.policy_id, 'joules', f.joules, 'grams', f.grams, 'amount',
    case when f.currencies = 1 then f.amount end, 'currency', case when f.currencies = 1 then f.currency end) order by f.policy_id), '[]')
  from (select s.policy_id, sum(s.joules) / nullif(sum(s.measured + s.partial + s.modelled + s.defaulted), 0) as joules,
      sum(s.grams) / nullif(sum(s.carbon_known), 0) as grams, count(distinct s.currency) filter (where s.currency <> '') as currencies,
      max(s.currency) as currency, sum(s.amount) filter (where s.currency <> '') / nullif(sum(s.runs) filter (where s.currency <> ''), 0) as amount
    from plimsoll.ledger_sums s where s.tenant_id = tenant and s.grain = 'day' and s.starts >= since and s.cluster_id = cluster and s.policy_id <> ''
    group by s.policy_id) f
$$;

select plimsoll.expose(name, 'service_role') from unnest(array['plimsoll_read_merged_advice', 'plimsoll_save_advice_effects',
  'plimsoll_read_policy_figures']) as name;
select plimsoll.expose(name, 'authenticated') from unnest(array['plimsoll_set_objective', 'plimsoll_list_objectives', 'plimsoll_list_standings',
  'plimsoll_change_recommendation']) as name;
do $$
declare
  helper regprocedure;
begin
  for helper in select p.oid::regprocedure from pg_proc p where p.pronamespace = 'plimsoll'::regnamespace and p.proname in ('objective_at',
    'log_recommendation', 'advised_policies', 'advised_risk', 'policies_between') loop
    execute format('revoke all on function %s from public', helper);
    execute format('grant execute on function %s to authenticated, service_role', helper);
  end loop;
end $$;

insert into plimsoll.schema_migrations (version, name, compatible_from) values (9, 'advice', 1);
