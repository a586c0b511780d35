import type { HostHealth, PipelineHealth, RoleHealth } from '../../../contract/index.ts';
import { formatCompact, MISSING } from '../../format/numbers.ts';
import { formatAge } from '../../format/times.ts';
import { clockText, formatMs, lagLevel, presenceText, roleWord, totalLag } from './health-text.ts';
import styles from './hosts.module.css';

/** Every host of the pipeline with its roles, and the partitions that each of them reads. */
export function HostList({ health }: { readonly health: PipelineHealth }) {
  return (
    <section aria-label="Hosts">
      <h3 className={styles['heading']}>
        <span>role</span>
        <span>state</span>
        <span>rec/s</span>
        <span className={styles['batch']}>batch</span>
        <span>p50</span>
        <span>p99</span>
        <span>lag</span>
        <span className={styles['partitions']}>partitions</span>
      </h3>
      {health.othersDetail !== null && (
        <p className={styles['unheard']} role="status">
          Other hosts not heard: {health.othersDetail}
        </p>
      )}
      {health.hosts.map((host) => (
        <Host key={host.hostId} host={host} />
      ))}
    </section>
  );
}

function Host({ host }: { readonly host: HostHealth }) {
  const clock = clockText(host.clockOffsetMs);
  const screens = host.screens > 0 ? `${String(host.screens)} ${host.screens === 1 ? 'screen' : 'screens'} · ` : '';
  const about = `${screens}${formatCompact(host.memoryBytes)}B · up ${formatAge(host.uptimeMs)} · ${host.version}`;
  return (
    <div className={styles['host']} data-host={host.hostId} data-presence={host.presence}>
      <p className={styles['title']}>
        <i className={styles['dot']} aria-hidden />
        <b className={styles['hostName']} title={host.hostId}>
          {host.hostId}
        </b>
        <span className={styles['presence']}>{presenceText(host)}</span>
        <span className={styles['about']} title={about}>
          {clock !== '' && <em title="Against the database's clock">{clock} · </em>}
          {host.feedReconnects > 0 && <em>{host.feedReconnects} reconnects · </em>}
          {about}
        </span>
      </p>
      {host.roles.map((role) => (
        <Role key={role.role} role={role} presence={host.presence} />
      ))}
      {host.queues.map(({ name, length, capacity }) => (
        <p key={name} className={styles['queue']}>
          <span>{name} queue</span>
          <span className={styles['fill']} aria-hidden>
            {capacity !== null && (
              <i
                data-full={length > capacity / 2 || undefined}
                style={{ width: `${String(Math.min(100, (100 * length) / capacity))}%` }}
              />
            )}
          </span>
          <span>
            {formatCompact(length)}
            {capacity !== null && ` of ${formatCompact(capacity)}`}
          </span>
        </p>
      ))}
    </div>
  );
}

function Role({ role, presence }: { readonly role: RoleHealth; readonly presence: HostHealth['presence'] }) {
  const lag = totalLag(role);
  return (
    <div className={styles['role']} data-role={role.role} data-state={role.isStandby ? 'standby' : role.state}>
      <span className={styles['name']}>{role.role}</span>
      <span className={styles['word']} title={role.detail}>
        {roleWord(role, presence)}
      </span>
      <span>{formatCompact(Math.round(role.recordsPerSecond))}</span>
      <span className={styles['batch']}>
        {role.batchRecords === null ? MISSING : formatCompact(Math.round(role.batchRecords))}
      </span>
      <span>{formatMs(role.batchMs?.p50)}</span>
      <span>{formatMs(role.batchMs?.p99)}</span>
      <span data-lag={lagLevel(lag)}>{lag === null ? MISSING : formatCompact(lag)}</span>
      <span className={styles['partitions']} role="img" aria-label={partitionsText(role)}>
        {role.partitions.map(({ partition, lag: behind }) => (
          <i
            key={partition}
            data-lag={lagLevel(behind)}
            title={`partition ${String(partition)}: ${behind === null ? 'lag not known' : `${String(behind)} behind`}`}
          />
        ))}
      </span>
    </div>
  );
}

function partitionsText({ partitions }: RoleHealth): string {
  if (partitions.length === 0) return 'no partitions';
  return `partitions ${partitions.map(({ partition }) => String(partition)).join(', ')}`;
}
