/** One service of docker-compose.yml. */
export interface StackService {
  /** As in docker-compose.yml. */
  readonly name: string;
  readonly title: string;
  /** Null where it belongs to the stack itself. */
  readonly profile: StackProfile | null;
  /** Name of the environment value that holds its port on this machine. */
  readonly portName: string;
  /** Whether that port is a page for a browser. */
  readonly hasPage: boolean;
}

export const STACK_PROFILES = ['tools', 'monitoring'] as const;
export type StackProfile = (typeof STACK_PROFILES)[number];

export const STACK_SERVICES: readonly StackService[] = [
  { name: 'kafka', title: 'Kafka', profile: null, portName: 'KAFKA_PORT', hasPage: false },
  { name: 'database', title: 'TimescaleDB', profile: null, portName: 'POSTGRES_PORT', hasPage: false },
  { name: 'kafka-ui', title: 'Kafka UI', profile: 'tools', portName: 'KAFKA_UI_PORT', hasPage: true },
  { name: 'pgadmin', title: 'pgAdmin', profile: 'tools', portName: 'PGADMIN_PORT', hasPage: true },
  { name: 'prometheus', title: 'Prometheus', profile: 'monitoring', portName: 'PROMETHEUS_PORT', hasPage: true },
  { name: 'grafana', title: 'Grafana', profile: 'monitoring', portName: 'GRAFANA_PORT', hasPage: true },
];

/** Compose calls containers `PROJECT-SERVICE-1`, its first version `PROJECT_SERVICE_1`. */
export function serviceOfContainer(container: string, project: string): string {
  return container.startsWith(project) ? container.slice(project.length + 1).replace(/[-_]\d+$/, '') : container;
}
