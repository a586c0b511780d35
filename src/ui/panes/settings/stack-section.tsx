import { useCallback, useEffect, useRef, useState } from 'react';
import type { StackServiceState, StackSnapshot } from '../../../contract/index.ts';
import { Button, Toggle } from '../../components/controls.tsx';
import { useConnectionEpoch, useTerminal, useTerminalState } from '../../data/terminal-context.tsx';
import type { RequestsClient } from '../../transports/host-connection.ts';
import { Row, Section } from './section.tsx';
import styles from './stack-section.module.css';

/** Docker is asked that often while somebody looks. */
const LOOK_INTERVAL_MS = 3_000;

const RUNNING: Readonly<Record<StackSnapshot['running'], string>> = {
  embedded: 'embedded: nothing but TapeDeck itself',
  bundled: 'bundled: Kafka and TimescaleDB in Docker',
  remote: 'remote: chosen at the start',
};

const WORK: Readonly<Record<StackSnapshot['work'], string>> = {
  none: '',
  starting: 'Starting…',
  stopping: 'Stopping…',
  switching: 'Moving the pipeline…',
};

/** Kafka and TimescaleDB in Docker: their health, starting and stopping them, and on which stack the pipeline runs. */
export function StackSection({ isSought }: { readonly isSought: boolean }) {
  const stack = useTerminalState((state) => state.stack);
  const [profiles, setProfiles] = useState<readonly ('tools' | 'monitoring')[]>([]);
  const look = useLooking();
  const ask = useAsking();
  const heading = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (isSought) heading.current?.scrollIntoView({ block: 'start' });
  }, [isSought]);
  return (
    <div ref={heading}>
      <Section title="Stack">
        {stack === null ? (
          <Row label="Kafka and TimescaleDB" hint="asking Docker on the host’s machine…">
            {null}
          </Row>
        ) : (
          <>
            <Row label="Pipeline runs on" hint={RUNNING[stack.running]}>
              <PipelineButton stack={stack} ask={ask} />
            </Row>
            {stack.isManagedHere && <Services services={stack.services} />}
            <Progress stack={stack} />
            {stack.problem !== null && (
              <p className={styles['problem']} data-kind={stack.problem.kind} role="alert">
                {stack.problem.text}
              </p>
            )}
            {stack.isManagedHere && (
              <StackButtons stack={stack} profiles={profiles} setProfiles={setProfiles} ask={ask} look={look} />
            )}
          </>
        )}
      </Section>
    </div>
  );
}

type Ask = (what: string, call: (requests: RequestsClient) => Promise<StackSnapshot>) => void;

/** Asks for something; what comes of it is told by events, a refusal by a notice. */
function useAsking(): Ask {
  const terminal = useTerminal();
  return useCallback(
    (what, call) => {
      const run = async () => {
        const stack = await terminal.attempt(what, call);
        if (stack !== null) terminal.state.setState({ stack });
      };
      void run();
    },
    [terminal],
  );
}

/** Looks now and, while the window is visible, every few seconds; answers how to look at once. */
function useLooking(): () => void {
  const terminal = useTerminal();
  const ask = useAsking();
  const epoch = useConnectionEpoch();
  const look = useCallback(() => ask('The stack could not be looked at', (requests) => requests.stack.status()), [ask]);
  useEffect(() => {
    if (epoch === null) return undefined;
    look();
    const timer = setInterval(() => {
      if (!terminal.isHidden()) look();
    }, LOOK_INTERVAL_MS);
    return () => clearInterval(timer);
  }, [terminal, look, epoch]);
  return look;
}

function PipelineButton({ stack, ask }: { readonly stack: StackSnapshot; readonly ask: Ask }) {
  if (!stack.isManagedHere || stack.running === 'remote') return null;
  const isBundled = stack.running === 'bundled';
  if (!isBundled && !isUp(stack)) return null;
  const target = isBundled ? 'embedded' : 'bundled';
  return (
    <Button
      disabled={stack.work !== 'none'}
      onClick={() => ask('The pipeline was not moved', (requests) => requests.stack.switchTo({ stack: target }))}
    >
      {isBundled ? 'Back to embedded' : 'Move to bundled'}
    </Button>
  );
}

function Services({ services }: { readonly services: readonly StackServiceState[] }) {
  if (services.length === 0) return null;
  return (
    <ul className={styles['services']} aria-label="Services of the bundled stack">
      {services.map((service) => (
        <li key={service.name} className={styles['service']} data-service={service.name} data-look={look(service)}>
          <i className={styles['dot']} aria-hidden />
          <b>{service.title}</b>
          <span className={styles['detail']}>{words(service)}</span>
          <span className={styles['detail']} title={service.image}>
            {service.page ?? service.ports.join(' ')}
          </span>
        </li>
      ))}
    </ul>
  );
}

function Progress({ stack: { work, progress } }: { readonly stack: StackSnapshot }) {
  if (work === 'none' || progress.length === 0) return null;
  return (
    <ul className={styles['progress']} aria-label="Progress" aria-live="polite">
      {progress.map(({ subject, text, percent }) => (
        <li key={subject}>
          <b className={styles['subject']} title={subject}>
            {subject}
          </b>
          <span className={styles['detail']}>{text}</span>
          {percent !== null && <progress max={100} value={percent} aria-label={subject} />}
        </li>
      ))}
    </ul>
  );
}

function StackButtons({
  stack,
  profiles,
  setProfiles,
  ask,
  look: lookAgain,
}: {
  readonly stack: StackSnapshot;
  readonly profiles: readonly ('tools' | 'monitoring')[];
  readonly setProfiles: (profiles: readonly ('tools' | 'monitoring')[]) => void;
  readonly ask: Ask;
  readonly look: () => void;
}) {
  if (stack.work !== 'none') {
    return (
      <div className={styles['buttons']}>
        <span className={styles['extra']}>{WORK[stack.work]}</span>
        {stack.work === 'starting' && (
          <Button onClick={() => ask('Not cancelled', (requests) => requests.stack.cancel())}>Cancel</Button>
        )}
      </div>
    );
  }
  // Without an answer of Docker there is nothing to start or stop.
  if (stack.services.length === 0) {
    return (
      <div className={styles['buttons']}>
        <Button onClick={lookAgain}>Look again</Button>
      </div>
    );
  }
  const start = (switchOver: boolean) =>
    ask('The stack was not started', (requests) => requests.stack.start({ profiles: [...profiles], switchOver }));
  const isSomethingThere = stack.services.some(({ state }) => state !== 'absent');
  const choose = (profile: 'tools' | 'monitoring', isOn: boolean) =>
    setProfiles(isOn ? [...profiles, profile] : profiles.filter((other) => other !== profile));
  return (
    <div className={styles['buttons']}>
      <label className={styles['extra']} title="Kafka UI and pgAdmin">
        <Toggle label="With tools" isOn={profiles.includes('tools')} onChange={(isOn) => choose('tools', isOn)} />
        Tools
      </label>
      <label className={styles['extra']} title="Prometheus and Grafana">
        <Toggle
          label="With monitoring"
          isOn={profiles.includes('monitoring')}
          onChange={(isOn) => choose('monitoring', isOn)}
        />
        Monitoring
      </label>
      {isSomethingThere && (
        <Button onClick={() => ask('The stack was not stopped', (requests) => requests.stack.stop())}>
          {stack.running === 'bundled' ? 'Back to embedded and stop' : 'Stop'}
        </Button>
      )}
      {(!isUp(stack) || profiles.length > 0) && (
        <Button look={isUp(stack) ? 'plain' : 'primary'} onClick={() => start(false)}>
          {isUp(stack) ? 'Start these too' : 'Start'}
        </Button>
      )}
      {stack.running === 'embedded' && !isUp(stack) && (
        <Button onClick={() => start(true)}>Start and move the pipeline</Button>
      )}
    </div>
  );
}

const CORE: readonly string[] = ['kafka', 'database'];

function isUp({ services }: StackSnapshot): boolean {
  return CORE.every((name) => services.some((service) => service.name === name && look(service) === 'good'));
}

function look({ state, health }: StackServiceState): 'good' | 'waiting' | 'bad' | 'off' {
  if (state === 'absent' || (state === 'exited' && health === '')) return 'off';
  if (health === 'unhealthy' || state === 'restarting' || state === 'dead') return 'bad';
  return state === 'running' && health !== 'starting' ? 'good' : 'waiting';
}

function words({ state, health, exitCode }: StackServiceState): string {
  if (state === 'absent') return 'not started';
  if (state === 'exited') return `stopped, exit code ${exitCode}`;
  return state === 'running' && health !== '' ? health : state;
}
