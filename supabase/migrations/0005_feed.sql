-- What a signed-in caller reads and does. Every function runs as the caller, so row security decides. A list is one
-- indexed query: the conditions present in `query`, the sort key after `query.after`, and one row more than asked for.

-- The conditions of those filters that are set; each reads its value from $1, the query.
create function plimsoll.conditions(query jsonb, known jsonb) returns text language sql immutable as $$
  select coalesce(string_agg(' and ' || c.value, ''), '') from jsonb_each_text(known) c where query ->> c.key is not null
$$;

create function plimsoll.label(namespace text, name text) returns text language sql immutable as $$
  select case when namespace = '' then name else namespace || '/' || name end
$$;

create function plimsoll.resource_view(r plimsoll.resources, cluster text) returns jsonb language sql stable as $$
  select jsonb_build_object('resourceId', r.resource_id, 'clusterId', r.cluster_id, 'cluster', cluster, 'kind', r.kind, 'namespace', r.namespace,
    'name', r.name, 'app', r.app, 'labels', r.labels, 'storageClass', r.claim ->> 'storageClass', 'capacityBytes', r.claim -> 'capacityBytes',
    'createdAt', plimsoll.iso(r.created_at), 'removedAt', plimsoll.iso(r.removed_at))
$$;

create function public.plimsoll_list_resources(query jsonb) returns jsonb language plpgsql stable as $$
declare
  items jsonb;
begin
  execute format($q$
    select coalesce(jsonb_agg(plimsoll.resource_view(r.row, c.name) order by r.namespace, r.name, r.resource_id), '[]') from (
      select r.*, r as row from plimsoll.resources r where r.tenant_id = (select plimsoll.current_tenant()) %s
      order by r.namespace, r.name, r.resource_id limit ($1 ->> 'limit')::integer + 1) r
    join plimsoll.clusters c on c.tenant_id = r.tenant_id and c.cluster_id = r.cluster_id $q$,
    plimsoll.conditions(query, jsonb_build_object('clusterId', $c$r.cluster_id = $1 ->> 'clusterId'$c$, 'namespace', $c$r.namespace = $1 ->> 'namespace'$c$,
      'kind', $c$r.kind = $1 ->> 'kind'$c$, 'name', $c$r.name = $1 ->> 'name'$c$,
      'after', $c$(r.namespace, r.name, r.resource_id) > ($1 -> 'after' ->> 0, $1 -> 'after' ->> 1, $1 -> 'after' ->> 2)$c$))
    || case when query ->> 'includeRemoved' = 'true' then '' else ' and r.removed_at is null' end) into items using query;
  return plimsoll.page(plimsoll.with_usage(items), query, array['namespace', 'name', 'resourceId']);
end $$;

create function public.plimsoll_list_policies(query jsonb) returns jsonb language plpgsql stable as $$
declare
  items jsonb;
begin
  execute format($q$
    select coalesce(jsonb_agg(jsonb_build_object('policyId', p.policy_id, 'clusterId', p.cluster_id, 'cluster', c.name, 'engine', p.engine,
      'kind', p.kind, 'namespace', p.namespace, 'name', p.name,
      'schedule', case p.schedule ->> 'type' when 'cron' then p.schedule ->> 'expression' when 'interval' then '@every ' || (p.schedule ->> 'seconds') || 's'
        when 'continuous' then 'continuous' end,
      'timeZone', p.schedule ->> 'timeZone', 'paused', p.paused, 'method', p.method, 'keep', p.keep, 'problem', p.problem,
      'resourceIds', (select coalesce(jsonb_agg(x.resource_id order by x.resource_id), '[]') from plimsoll.protections x
        where x.tenant_id = p.tenant_id and x.policy_id = p.policy_id),
      'lastSuccessAt', plimsoll.iso(p.last_success_at), 'removedAt', plimsoll.iso(p.removed_at)) order by p.namespace, p.name, p.policy_id), '[]')
    from (select * from plimsoll.policies p where p.tenant_id = (select plimsoll.current_tenant()) %s
      order by p.namespace, p.name, p.policy_id limit ($1 ->> 'limit')::integer + 1) p
    join plimsoll.clusters c on c.tenant_id = p.tenant_id and c.cluster_id = p.cluster_id $q$,
    plimsoll.conditions(query, jsonb_build_object('clusterId', $c$p.cluster_id = $1 ->> 'clusterId'$c$, 'namespace', $c$p.namespace = $1 ->> 'namespace'$c$,
      'engine', $c$p.engine = $1 ->> 'engine'$c$,
      'resourceId', $c$p.policy_id in (select x.policy_id from plimsoll.protections x
        where x.tenant_id = (select plimsoll.current_tenant()) and x.resource_id = $1 ->> 'resourceId')$c$,
      'after', $c$(p.namespace, p.name, p.policy_id) > ($1 -> 'after' ->> 0, $1 -> 'after' ->> 1, $1 -> 'after' ->> 2)$c$))
    || case when query ->> 'includeRemoved' = 'true' then '' else ' and p.removed_at is null' end) into items using query;
  return plimsoll.page(items, query, array['namespace', 'name', 'policyId']);
end $$;

-- The runs of a page. Those of a resource name it, or list it among their volumes, or are of a policy that takes it and
-- do not say that they left it out; the last two of these are looked up apart, so that each has its own index.
create function plimsoll.newest_runs(of_resource boolean, conditions text) returns text language sql immutable as $f$
  select case when of_resource then format($q$
      select * from (
        (select r.* from plimsoll.runs r where r.tenant_id = (select plimsoll.current_tenant()) and r.resource_id = $1 ->> 'resourceId' %1$s %2$s)
        union all (select r.* from plimsoll.run_volumes v cross join lateral (select * from plimsoll.runs r
            where r.tenant_id = v.tenant_id and r.run_day = v.run_day and r.run_id = v.run_id
              and r.resource_id is distinct from v.resource_id %1$s limit 1) r
          where v.tenant_id = (select plimsoll.current_tenant()) and v.resource_id = $1 ->> 'resourceId'
            and ($1 -> 'after' ->> 0 is null or (v.run_started_at, v.run_id) < (($1 -> 'after' ->> 0)::timestamptz, $1 -> 'after' ->> 1))
          order by v.run_started_at desc, v.run_id desc limit ($1 ->> 'limit')::integer + 1)
        union all (select r.* from plimsoll.protections x cross join lateral (select * from plimsoll.runs r
            where r.tenant_id = x.tenant_id and r.policy_id = x.policy_id and r.resource_id is null
              and r.unlisted_volumes is distinct from 'not-taken' and not exists (select from plimsoll.run_volumes v
                where v.tenant_id = r.tenant_id and v.run_day = r.run_day and v.run_id = r.run_id and v.resource_id = x.resource_id) %1$s %2$s) r
          where x.tenant_id = (select plimsoll.current_tenant()) and x.resource_id = $1 ->> 'resourceId')) r %2$s $q$, conditions, n.newest)
    else format($q$ select * from plimsoll.runs r where r.tenant_id = (select plimsoll.current_tenant()) %s %s $q$, conditions, n.newest) end
  from (select $q$ order by r.started_at desc, r.run_id desc limit ($1 ->> 'limit')::integer + 1 $q$ as newest) n
$f$;

create function public.plimsoll_list_runs(query jsonb) returns jsonb language plpgsql stable as $$
declare
  items jsonb;
begin
  execute format($q$
    select coalesce(jsonb_agg(jsonb_build_object('runId', r.run_id, 'runDay', r.run_day, 'clusterId', r.cluster_id, 'engine', r.engine,
      'policyId', r.policy_id, 'policy', plimsoll.label(p.namespace, p.name), 'resourceId', r.resource_id, 'resource', plimsoll.label(s.namespace, s.name),
      'namespace', r.namespace, 'name', r.name, 'startedAt', plimsoll.iso(r.started_at), 'endedAt', plimsoll.iso(r.ended_at), 'outcome', r.outcome,
      'durationSeconds', r.duration_seconds, 'logicalBytes', r.logical_bytes, 'addedBytes', r.added_bytes, 'storedBytes', r.stored_bytes,
      'files', r.files, 'snapshotId', r.snapshot_id, 'errorText', r.error_text,
      'source', case when r.ended_within is null then 'object' else 'metric' end,
      'attempts', (select coalesce(jsonb_agg(jsonb_build_object('endedAt', plimsoll.iso(a.ended_at), 'outcome', a.outcome, 'log', a.log)
          order by a.ended_at, a.attempt_key), '[]') from plimsoll.attempts a
        where a.tenant_id = r.tenant_id and a.run_day = r.run_day and a.run_id = r.run_id),
      'volumes', (select coalesce(jsonb_agg(jsonb_build_object('resourceId', v.resource_id, 'resource',
          coalesce(plimsoll.label(n.namespace, n.name), v.resource_id), 'outcome', v.outcome, 'logicalBytes', v.logical_bytes,
          'addedBytes', v.added_bytes, 'message', v.message) order by v.resource_id), '[]') from plimsoll.run_volumes v
        left join plimsoll.resources n on n.tenant_id = v.tenant_id and n.resource_id = v.resource_id
        where v.tenant_id = r.tenant_id and v.run_day = r.run_day and v.run_id = r.run_id)) order by r.started_at desc, r.run_id desc), '[]')
    from (%s) r
    left join plimsoll.policies p on p.tenant_id = r.tenant_id and p.policy_id = r.policy_id
    left join plimsoll.resources s on s.tenant_id = r.tenant_id and s.resource_id = r.resource_id $q$,
    plimsoll.newest_runs(query ? 'resourceId', plimsoll.conditions(query, jsonb_build_object('clusterId', $c$r.cluster_id = $1 ->> 'clusterId'$c$, 'namespace', $c$r.namespace = $1 ->> 'namespace'$c$,
      'policyId', $c$r.policy_id = $1 ->> 'policyId'$c$, 'outcome', $c$r.outcome = $1 ->> 'outcome'$c$
        || case when query ->> 'outcome' <> 'success' then $c$ and r.outcome <> 'success'$c$ else '' end,
      'since', $c$r.started_at >= ($1 ->> 'since')::timestamptz$c$, 'until', $c$r.started_at < ($1 ->> 'until')::timestamptz$c$,
      'after', $c$(r.started_at, r.run_id) < (($1 -> 'after' ->> 0)::timestamptz, $1 -> 'after' ->> 1)$c$)))) into items using query;
  return plimsoll.page(items, query, array['startedAt', 'runId']);
end $$;

-- The points of a page. Those of a resource name it, or come from a run that took it among others, or from a policy that
-- takes all its claims together; one of a run that left no object for a volume may hold it or not, and is not shown.
create function plimsoll.newest_points(of_resource boolean, conditions text) returns text language sql immutable as $f$
  select case when of_resource then format($q$
      select * from (
        (select p.* from plimsoll.restore_points p where p.tenant_id = (select plimsoll.current_tenant()) and p.resource_id = $1 ->> 'resourceId' %1$s %2$s)
        union all (select p.* from plimsoll.run_volumes v cross join lateral (select * from plimsoll.restore_points p
            where p.tenant_id = v.tenant_id and p.run_id = v.run_id and p.resource_id is null %1$s offset 0) p
          where v.tenant_id = (select plimsoll.current_tenant()) and v.resource_id = $1 ->> 'resourceId'
            and v.outcome in ('success', 'partial'))
        union all (select p.* from plimsoll.protections x
          join plimsoll.policies o on o.tenant_id = x.tenant_id and o.policy_id = x.policy_id and o.selection ->> 'type' in ('claims', 'labels')
          cross join lateral (select * from plimsoll.restore_points p
            where p.tenant_id = o.tenant_id and p.policy_id = o.policy_id and p.resource_id is null
              and not exists (select from plimsoll.run_volumes v where v.tenant_id = p.tenant_id and v.run_id = p.run_id) %1$s %2$s) p
          where x.tenant_id = (select plimsoll.current_tenant()) and x.resource_id = $1 ->> 'resourceId')) p %2$s $q$, conditions, n.newest)
    else format($q$ select * from plimsoll.restore_points p where p.tenant_id = (select plimsoll.current_tenant()) %s %s $q$, conditions, n.newest) end
  from (select $q$ order by p.taken_at desc, p.restore_point_id desc limit ($1 ->> 'limit')::integer + 1 $q$ as newest) n
$f$;

create function public.plimsoll_list_restore_points(query jsonb) returns jsonb language plpgsql stable as $$
declare
  items jsonb;
begin
  execute format($q$
    select coalesce(jsonb_agg(jsonb_build_object('restorePointId', p.restore_point_id, 'clusterId', p.cluster_id, 'engine', p.engine,
      'policyId', p.policy_id, 'resourceId', p.resource_id, 'resource', plimsoll.label(s.namespace, s.name), 'takenAt', plimsoll.iso(p.taken_at),
      'expiresAt', plimsoll.iso(p.expires_at), 'handle', p.handle, 'logicalBytes', p.logical_bytes, 'goneAt', plimsoll.iso(p.gone_at))
      order by p.taken_at desc, p.restore_point_id desc), '[]')
    from (%s) p
    left join plimsoll.resources s on s.tenant_id = p.tenant_id and s.resource_id = p.resource_id $q$,
    plimsoll.newest_points(query ? 'resourceId', plimsoll.conditions(query, jsonb_build_object('clusterId', $c$p.cluster_id = $1 ->> 'clusterId'$c$,
      'namespace', $c$p.namespace = $1 ->> 'namespace'$c$, 'policyId', $c$p.policy_id = $1 ->> 'policyId'$c$,
      'after', $c$(p.taken_at, p.restore_point_id) < (($1 -> 'after' ->> 0)::timestamptz, $1 -> 'after' ->> 1)$c$))
    || case when query ->> 'includeGone' = 'true' then '' else ' and p.gone_at is null' end)) into items using query;
  return plimsoll.page(items, query, array['takenAt', 'restorePointId']);
end $$;

create function public.plimsoll_list_coverage(query jsonb) returns jsonb language plpgsql stable as $$
declare
  items jsonb;
begin
  execute format($q$
    select coalesce(jsonb_agg(jsonb_build_object('resourceId', v.resource_id, 'clusterId', v.cluster_id, 'cluster', c.name, 'namespace', v.namespace,
      'name', v.name, 'app', r.app, 'state', v.state, 'reason', v.reason, 'policyIds', to_jsonb(v.policy_ids),
      'lastSuccessAt', plimsoll.iso(v.last_success_at)) order by v.namespace, v.name, v.resource_id), '[]')
    from (select * from plimsoll.coverage v where v.tenant_id = (select plimsoll.current_tenant()) %s
      order by v.namespace, v.name, v.resource_id limit ($1 ->> 'limit')::integer + 1) v
    join plimsoll.clusters c on c.tenant_id = v.tenant_id and c.cluster_id = v.cluster_id
    left join plimsoll.resources r on r.tenant_id = v.tenant_id and r.resource_id = v.resource_id $q$,
    plimsoll.conditions(query, jsonb_build_object('clusterId', $c$v.cluster_id = $1 ->> 'clusterId'$c$, 'namespace', $c$v.namespace = $1 ->> 'namespace'$c$,
      'state', $c$v.state = $1 ->> 'state'$c$, 'resourceId', $c$v.resource_id = $1 ->> 'resourceId'$c$,
      'after', $c$(v.namespace, v.name, v.resource_id) > ($1 -> 'after' ->> 0, $1 -> 'after' ->> 1, $1 -> 'after' ->> 2)$c$))) into items using query;
  return plimsoll.page(items, query, array['namespace', 'name', 'resourceId']);
end $$;

-- Without `state` or `since`: those that are not resolved. `since`: raised or resolved at or after that instant.
create function public.plimsoll_list_findings(query jsonb) returns jsonb language plpgsql stable as $$
declare
  items jsonb;
begin
  execute format($q$
    select coalesce(jsonb_agg(jsonb_build_object('findingId', f.finding_id, 'fingerprint', f.fingerprint, 'clusterId', f.cluster_id, 'cluster', c.name,
      'kind', f.kind, 'severity', f.severity, 'state', f.state, 'namespace', f.namespace, 'policyId', f.policy_id, 'policy', f.policy,
      'resourceId', f.resource_id, 'resource', f.resource, 'repositoryId', f.repository_id, 'raisedAt', plimsoll.iso(f.raised_at),
      'lastSeenAt', plimsoll.iso(f.last_seen_at), 'resolvedAt', plimsoll.iso(f.resolved_at), 'resolvedBy', f.resolved_by,
      'previousFindingId', f.previous_finding_id, 'observed', f.observed, 'expected', f.expected, 'cause', f.cause, 'evidence', f.evidence,
      'sentence', f.sentence, 'nextStep', f.next_step,
      'events', (select coalesce(jsonb_agg(jsonb_build_object('at', plimsoll.iso(e.at), 'actor', e.actor, 'change', e.change, 'note', e.note)
        order by e.position), '[]') from plimsoll.finding_events e where e.tenant_id = f.tenant_id and e.finding_id = f.finding_id))
      || plimsoll.delivery_of(f.row) order by f.severity_rank desc, f.raised_at desc, f.finding_id desc), '[]')
    from (select f.*, f as row from plimsoll.findings f where f.tenant_id = (select plimsoll.current_tenant()) %s
      order by f.severity_rank desc, f.raised_at desc, f.finding_id desc limit ($1 ->> 'limit')::integer + 1) f
    join plimsoll.clusters c on c.tenant_id = f.tenant_id and c.cluster_id = f.cluster_id $q$,
    plimsoll.conditions(query, jsonb_build_object('clusterId', $c$f.cluster_id = $1 ->> 'clusterId'$c$, 'namespace', $c$f.namespace = $1 ->> 'namespace'$c$,
      'state', case query ->> 'state' when 'resolved' then 'f.resolved_at is not null' when 'any' then 'true'
        else $c$f.resolved_at is null and f.state = $1 ->> 'state'$c$ end,
      'kind', $c$f.kind = $1 ->> 'kind'$c$, 'ofPolicyAlone', 'f.resource_id is null', 'severity', $c$f.severity_rank = plimsoll.severity_rank($1 ->> 'severity')$c$,
      'resourceId', $c$f.resource_id = $1 ->> 'resourceId'$c$, 'policyId', $c$f.policy_id = $1 ->> 'policyId'$c$,
      'findingId', $c$f.finding_id = $1 ->> 'findingId'$c$,
      'delivery', $c$(select d.delivery from plimsoll.finding_deliveries d
        where d.tenant_id = f.tenant_id and d.finding_id = f.finding_id) = $1 ->> 'delivery'$c$,
      'incidentId', $c$f.finding_id in (select d.finding_id from plimsoll.finding_deliveries d
        where d.tenant_id = (select plimsoll.current_tenant()) and d.incident_id = $1 ->> 'incidentId')$c$,
      'since', $c$(f.raised_at >= ($1 ->> 'since')::timestamptz or f.resolved_at >= ($1 ->> 'since')::timestamptz)$c$,
      'after', $c$(f.severity_rank, f.raised_at, f.finding_id) < (plimsoll.severity_rank($1 -> 'after' ->> 0),
        ($1 -> 'after' ->> 1)::timestamptz, $1 -> 'after' ->> 2)$c$))
    || case when coalesce(query ->> 'state', query ->> 'since') is null then ' and f.resolved_at is null' else '' end) into items using query;
  return plimsoll.page(items, query, array['severity', 'raisedAt', 'findingId']);
end $$;

create function public.plimsoll_read_finding(finding text) returns jsonb language sql stable as $$
  select public.plimsoll_list_findings(jsonb_build_object('findingId', finding, 'state', 'any', 'limit', 1)) -> 'items' -> 0
$$;

create function plimsoll.refuse_readers() returns void language plpgsql stable as $$
begin
  if not plimsoll.may_change() then
    raise exception 'this member may read, not change' using errcode = 'PT403', hint = 'Ask an owner, admin or operator.';
  end if;
end $$;

create function plimsoll.count_change(cluster text, facts boolean) returns void language sql as $$
  update plimsoll.collector_state s set view_revision = s.view_revision + 1,
    revision = s.revision + case when facts then 1 else 0 end,
    inventory_revision = case when facts then s.revision + 1 else s.inventory_revision end
  where s.tenant_id = plimsoll.current_tenant() and s.cluster_id = cluster
$$;

-- Null: the change is nothing that the judge must know.
create function plimsoll.count_mark(f plimsoll.findings, action text) returns bigint language plpgsql as $$
declare
  counted bigint;
begin
  if action = 'acknowledge' or not plimsoll.tells_level(f.kind) or (action = 'reopen' and not plimsoll.is_expected(f)) then
    perform plimsoll.count_change(f.cluster_id, false);
    return null;
  end if;
  update plimsoll.collector_state s set view_revision = s.view_revision + 1, revision = s.revision + 1
  where s.tenant_id = f.tenant_id and s.cluster_id = f.cluster_id returning s.revision into counted;
  return counted;
end $$;

-- Whether the last that people said of it is that it is as it should be.
create function plimsoll.is_expected(f plimsoll.findings) returns boolean language sql stable as $$
  select coalesce((select e.change = 'expected' from plimsoll.finding_events e where e.tenant_id = f.tenant_id and e.finding_id = f.finding_id
    and e.change in ('expected', 'reopen') order by e.position desc limit 1), false)
$$;

create function public.plimsoll_change_finding(finding text, action text, note text, at_time timestamptz) returns jsonb language plpgsql as $$
declare
  found_one plimsoll.findings;
  takes_back boolean;
  wanted constant text := case action when 'acknowledge' then 'acknowledged' when 'expected' then 'expected' when 'reopen' then 'open' end;
begin
  select * into found_one from plimsoll.findings f where f.tenant_id = plimsoll.current_tenant() and f.finding_id = finding;
  if found_one.finding_id is null then
    raise exception 'no finding %', finding using errcode = 'PT404', hint = 'List the findings for their ids.';
  end if;
  perform plimsoll.refuse_readers();
  if wanted is null then
    raise exception 'unknown action %', action using errcode = 'PT400', hint = 'Use acknowledge, expected or reopen.';
  end if;
  select * into found_one from plimsoll.findings f where f.tenant_id = plimsoll.current_tenant() and f.finding_id = finding for update;
  -- A level that was adopted has ended its finding: that can be taken back.
  takes_back := found_one.state = 'resolved' and action = 'reopen' and plimsoll.tells_level(found_one.kind) and plimsoll.is_expected(found_one);
  if found_one.state = 'resolved' and not takes_back then
    raise exception 'finding % is resolved', finding using errcode = 'PT409', hint = 'If the trouble returns, a new finding is raised and linked to this one.';
  end if;
  if found_one.state <> wanted then
    if not takes_back then
      update plimsoll.findings f set state = wanted where f.tenant_id = found_one.tenant_id and f.finding_id = finding;
    end if;
    perform plimsoll.log_finding(found_one, at_time, plimsoll.claim('sub'), action, nullif(left(note, 2000), ''),
      plimsoll.count_mark(found_one, action));
  end if;
  return public.plimsoll_read_finding(finding);
end $$;

-- A score is written when it says something else; the newest copy has aged since, up to where its cluster was judged.
create function public.plimsoll_list_risk(query jsonb) returns jsonb language plpgsql stable as $$
declare
  items jsonb;
begin
  execute format($q$
    select coalesce(jsonb_agg(plimsoll.risk_fact(k.row) || jsonb_build_object('clusterId', k.cluster_id, 'cluster', c.name, 'namespace', k.namespace,
      'name', r.name, 'app', r.app, 'coverage', coalesce(v.state, 'unknown'), 'openFindings', o.total, 'worstSeverity', o.worst,
      'rpoAchievedSeconds', k.rpo_achieved_seconds + extract(epoch from greatest(s.judged_at, k.judged_at) - k.judged_at)::double precision)
      order by k.score desc, k.resource_id desc), '[]')
    from (select k.*, k as row from plimsoll.risk_scores k where k.tenant_id = (select plimsoll.current_tenant()) %s
      order by k.score desc, k.resource_id desc limit ($1 ->> 'limit')::integer + 1) k
    join plimsoll.clusters c on c.tenant_id = k.tenant_id and c.cluster_id = k.cluster_id
    join plimsoll.resources r on r.tenant_id = k.tenant_id and r.resource_id = k.resource_id
    left join plimsoll.collector_state s on s.tenant_id = k.tenant_id and s.cluster_id = k.cluster_id
    left join plimsoll.coverage v on v.tenant_id = k.tenant_id and v.resource_id = k.resource_id
    cross join lateral (select count(*) as total, (array['low', 'medium', 'high', 'critical'])[max(f.severity_rank)] as worst from plimsoll.findings f
      where f.tenant_id = k.tenant_id and f.resource_id = k.resource_id and f.resolved_at is null) o $q$,
    plimsoll.conditions(query, jsonb_build_object('clusterId', $c$k.cluster_id = $1 ->> 'clusterId'$c$, 'namespace', $c$k.namespace = $1 ->> 'namespace'$c$,
      'minScore', $c$k.score >= ($1 ->> 'minScore')::double precision$c$, 'resourceId', $c$k.resource_id = $1 ->> 'resourceId'$c$,
      'after', $c$(k.score, k.resource_id) < (($1 -> 'after' ->> 0)::double precision, $1 -> 'after' ->> 1)$c$))) into items using query;
  return plimsoll.page(items, query, array['score', 'resourceId']);
end $$;

-- Without `state` or `since`: the open ones.
create function public.plimsoll_list_recommendations(query jsonb) returns jsonb language plpgsql stable as $$
declare
  items jsonb;
begin
  execute format($q$
    select coalesce(jsonb_agg(jsonb_build_object('recommendationId', r.recommendation_id, 'clusterId', r.cluster_id, 'cluster', c.name, 'kind', r.kind,
      'state', r.state, 'namespace', r.namespace, 'policyId', r.policy_id, 'policy', r.policy, 'resourceId', r.resource_id, 'resource', r.resource,
      'title', r.title, 'current', r.current, 'proposed', r.proposed, 'reason', r.reason, 'confidence', r.confidence, 'effects', r.effects,
      'options', r.options, 'mergedAt', plimsoll.iso(r.merged_at),
      -- Not by functions of their own: each call would ask again who is reading.
      'measured', (select coalesce(jsonb_agg(jsonb_build_object('afterDays', e.after_days, 'mergedAt', plimsoll.iso(e.merged_at), 'verdict', e.verdict,
        'measures', e.measures, 'measuredAt', plimsoll.iso(e.measured_at)) order by e.merged_at desc, e.after_days desc), '[]')
        from plimsoll.recommendation_effects e where e.tenant_id = r.tenant_id and e.recommendation_id = r.recommendation_id),
      'events', (select coalesce(jsonb_agg(jsonb_build_object('at', plimsoll.iso(e.at), 'actor', e.actor, 'change', e.change, 'note', e.note)
        order by e.position), '[]')
        from plimsoll.recommendation_events e where e.tenant_id = r.tenant_id and e.recommendation_id = r.recommendation_id),
      'findingIds', (select coalesce(jsonb_agg(f.finding_id order by f.finding_id), '[]') from plimsoll.findings f
        where f.tenant_id = r.tenant_id and f.fingerprint = any (r.finding_fingerprints) and f.resolved_at is null),
      'createdAt', plimsoll.iso(r.created_at), 'updatedAt', plimsoll.iso(r.updated_at)) order by r.updated_at desc, r.recommendation_id desc), '[]')
    from (select * from plimsoll.recommendations r where r.tenant_id = (select plimsoll.current_tenant()) %s
      order by r.updated_at desc, r.recommendation_id desc limit ($1 ->> 'limit')::integer + 1) r
    join plimsoll.clusters c on c.tenant_id = r.tenant_id and c.cluster_id = r.cluster_id $q$,
    plimsoll.conditions(query, jsonb_build_object('clusterId', $c$r.cluster_id = $1 ->> 'clusterId'$c$, 'namespace', $c$r.namespace = $1 ->> 'namespace'$c$,
      'kind', $c$r.kind = $1 ->> 'kind'$c$, 'state', $c$r.state = $1 ->> 'state'$c$, 'resourceId', $c$r.resource_id = $1 ->> 'resourceId'$c$,
      'since', $c$r.updated_at >= ($1 ->> 'since')::timestamptz$c$, 'recommendationId', $c$r.recommendation_id = $1 ->> 'recommendationId'$c$,
      'after', $c$(r.updated_at, r.recommendation_id) < (($1 -> 'after' ->> 0)::timestamptz, $1 -> 'after' ->> 1)$c$))
    || case when coalesce(query ->> 'state', query ->> 'since', query ->> 'recommendationId') is null then $c$ and r.state = 'open'$c$ else '' end) into items using query;
  return plimsoll.page(items, query, array['updatedAt', 'recommendationId']);
end $$;

create function public.plimsoll_list_clusters() returns jsonb language sql stable as $$
  select coalesce(jsonb_agg(jsonb_build_object('clusterId', c.cluster_id, 'name', c.name, 'server', c.server, 'version', c.version, 'demo', c.demo,
    'engines', (select coalesce(jsonb_agg(distinct p.engine), '[]') from plimsoll.policies p
      where p.tenant_id = c.tenant_id and p.cluster_id = c.cluster_id and p.removed_at is null),
    'observedAt', plimsoll.iso(s.observed_at), 'judgedAt', plimsoll.iso(s.judged_at),
    'metrics', s.metrics - 'problems',
    -- A member of some namespaces sees problems of the whole cluster and of those namespaces.
    'problems', (select coalesce(jsonb_agg(x.value order by x.ordinality), '[]')
      from jsonb_array_elements(s.problems || coalesce(s.metrics -> 'problems', '[]')) with ordinality x
      where plimsoll.sees_all_namespaces() or jsonb_typeof(x.value -> 'namespaces') is distinct from 'array'
        or exists (select from jsonb_array_elements_text(x.value -> 'namespaces') n
          where c.cluster_id || '/' || n = any (plimsoll.granted_namespaces())))) order by c.name, c.cluster_id), '[]')
  from plimsoll.clusters c join plimsoll.collector_state s on s.tenant_id = c.tenant_id and s.cluster_id = c.cluster_id
$$;

-- Two members who see different rows never share a revision.
create function public.plimsoll_read_revision() returns jsonb language sql stable as $$
  select to_jsonb(left(encode(sha256(convert_to(concat_ws('|',
    (select concat_ws('/', m.subject, m.role, m.all_namespaces) from plimsoll.memberships m),
    array_to_string(plimsoll.granted_namespaces(), ','),
    (select string_agg(concat_ws('/', s.cluster_id, s.revision, s.view_revision, plimsoll.iso(s.observed_at)), ',' order by s.cluster_id)
      from plimsoll.collector_state s)), 'UTF8')), 'hex'), 24))
$$;

create function public.plimsoll_read_status() returns jsonb language sql stable as $$
  select jsonb_build_object('revision', public.plimsoll_read_revision(), 'demo', coalesce((select bool_or(c.demo) from plimsoll.clusters c), false),
    'clusters', public.plimsoll_list_clusters(),
    'counts', jsonb_build_object(
      'resources', (select count(*) from plimsoll.resources r where r.removed_at is null),
      'claims', (select count(*) from plimsoll.resources r where r.removed_at is null and r.kind = 'PersistentVolumeClaim'
        and r.claim ->> 'temporary' is distinct from 'true'),
      'policies', (select count(*) from plimsoll.policies p where p.removed_at is null),
      'runs', case when plimsoll.sees_all_namespaces() then (select coalesce(sum(s.run_count), 0) from plimsoll.collector_state s)
        else (select count(*) from (select from plimsoll.runs limit 100000) r) end,
      'restorePoints', (select count(*) from (select from plimsoll.restore_points p where p.gone_at is null limit 100000) p),
      'findingsOpen', (select coalesce(jsonb_object_agg(f.severity, f.total), '{}') from (
        select f.severity, count(*) as total from plimsoll.findings f where f.resolved_at is null and f.state = 'open' group by f.severity) f),
      'coverage', (select coalesce(jsonb_object_agg(v.state, v.total), '{}') from (
        select v.state, count(*) as total from plimsoll.coverage v group by v.state) v),
      'recommendations', (select count(*) from plimsoll.recommendations r where r.state = 'open')),
    'worst', public.plimsoll_list_risk('{"limit": 3}') -> 'items')
$$;

create function public.plimsoll_show_resource(query jsonb) returns jsonb language plpgsql stable as $$
declare
  found_one jsonb;
  scope jsonb;
begin
  select plimsoll.resource_view(r, c.name) into found_one from plimsoll.resources r
  join plimsoll.clusters c on c.tenant_id = r.tenant_id and c.cluster_id = r.cluster_id
  where r.tenant_id = plimsoll.current_tenant() and r.namespace = query ->> 'namespace' and r.name = query ->> 'name'
    and (query ->> 'clusterId' is null or r.cluster_id = query ->> 'clusterId') and r.kind in ('PersistentVolumeClaim', 'Cluster')
  order by r.removed_at is not null, r.kind desc, r.cluster_id limit 1;
  if found_one is null then
    return null;
  end if;
  found_one := plimsoll.with_usage(jsonb_build_array(found_one)) -> 0;
  scope := jsonb_build_object('resourceId', found_one ->> 'resourceId', 'limit', 20);
  return jsonb_build_object('resource', found_one,
    'coverage', public.plimsoll_list_coverage(scope) -> 'items' -> 0, 'risk', public.plimsoll_list_risk(scope) -> 'items' -> 0,
    'policies', public.plimsoll_list_policies(scope) -> 'items', 'runs', public.plimsoll_list_runs(scope) -> 'items',
    'restorePoints', public.plimsoll_list_restore_points(scope) -> 'items',
    -- What is wrong with a whole policy is wrong for each claim that it takes.
    'findings', (public.plimsoll_list_findings(scope || '{"state": "any", "limit": 50}') -> 'items')
      || (select coalesce(jsonb_agg(f.one order by p.policy_id, f.n), '[]') from plimsoll.protections p
        cross join lateral jsonb_array_elements(public.plimsoll_list_findings(jsonb_build_object('policyId', p.policy_id, 'ofPolicyAlone', true,
          'limit', 20)) -> 'items') with ordinality f (one, n)
        where p.tenant_id = plimsoll.current_tenant() and p.resource_id = found_one ->> 'resourceId'),
    'expectedRuns', (select coalesce(jsonb_agg(jsonb_build_object('policyId', e.policy_id, 'dueAt', plimsoll.iso(e.due_at), 'state', e.state,
        'runId', e.run_id) order by e.due_at desc, e.policy_id), '[]')
      from (select e.* from plimsoll.protections p
        cross join lateral unnest(array[p.policy_id, p.policy_id || ':' || p.resource_id]) as j (job_id)
        cross join lateral (select * from plimsoll.expected_runs e where e.tenant_id = p.tenant_id and e.job_id = j.job_id
          order by e.due_at desc limit 20) e
        where p.tenant_id = plimsoll.current_tenant() and p.resource_id = found_one ->> 'resourceId' order by e.due_at desc limit 20) e),
    'recommendations', public.plimsoll_list_recommendations(scope) -> 'items',
    'forecasts', public.plimsoll_list_forecasts(scope) -> 'items');
end $$;

create function public.plimsoll_exempt(exemption jsonb, at_time timestamptz) returns jsonb language plpgsql as $$
declare
  target plimsoll.resources;
begin
  select * into target from plimsoll.resources r where r.tenant_id = plimsoll.current_tenant() and r.resource_id = exemption ->> 'resourceId';
  if target.resource_id is null then
    raise exception 'no resource %', exemption ->> 'resourceId' using errcode = 'PT404', hint = 'List the resources for their ids.';
  end if;
  perform plimsoll.refuse_readers();
  if exemption ->> 'reason' is null then
    delete from plimsoll.exemptions e where e.tenant_id = target.tenant_id and e.resource_id = target.resource_id;
  else
    insert into plimsoll.exemptions as e (tenant_id, resource_id, cluster_id, namespace, reason, owner, created_at, expires_at)
    values (target.tenant_id, target.resource_id, target.cluster_id, target.namespace, exemption ->> 'reason', plimsoll.claim('sub'), at_time,
      (exemption ->> 'expiresAt')::timestamptz)
    on conflict (tenant_id, resource_id) do update set reason = excluded.reason, owner = excluded.owner, created_at = excluded.created_at,
      expires_at = excluded.expires_at where (e.reason, e.expires_at) is distinct from (excluded.reason, excluded.expires_at);
  end if;
  if found then
    perform plimsoll.count_change(target.cluster_id, true);
  end if;
  return null;
end $$;

-- A page is one walk along the index of its order and a lookup for each row: right at every size and with no statistics,
-- which a table does not have in the first minutes after it was filled. Left to guess then, the planner sorts or hashes
-- whole tables.
do $$
declare
  listing regprocedure;
begin
  for listing in select p.oid::regprocedure from pg_proc p where p.pronamespace = 'public'::regnamespace and p.proname like 'plimsoll\_list\_%'
      and p.prolang = (select l.oid from pg_language l where l.lanname = 'plpgsql') loop
    execute format('alter function %s set enable_sort = off set enable_incremental_sort = off set enable_bitmapscan = off set enable_seqscan = off'
      ' set enable_hashjoin = off set enable_mergejoin = off set join_collapse_limit = 1 set jit = off', listing);
  end loop;
end $$;

select plimsoll.expose(name, 'authenticated') from unnest(array['plimsoll_list_resources', 'plimsoll_list_policies', 'plimsoll_list_runs',
  'plimsoll_list_restore_points', 'plimsoll_list_coverage', 'plimsoll_list_findings', 'plimsoll_read_finding', 'plimsoll_change_finding',
  'plimsoll_list_risk', 'plimsoll_list_recommendations', 'plimsoll_list_clusters', 'plimsoll_read_revision', 'plimsoll_read_status',
  'plimsoll_show_resource', 'plimsoll_exempt']) as name;
do $$
declare
  helper regprocedure;
begin
  for helper in select p.oid::regprocedure from pg_proc p where p.pronamespace = 'plimsoll'::regnamespace
    and p.proname in ('conditions', 'page', 'label', 'newest_runs', 'newest_points', 'resource_view', 'refuse_readers', 'count_change', 'count_mark',
      'is_expected', 'risk_fact') loop
    execute format('revoke all on function %s from public', helper);
    execute format('grant execute on function %s to authenticated', helper);
  end loop;
end $$;

insert into plimsoll.schema_migrations (version, name, compatible_from) values (5, 'feed', 1);
