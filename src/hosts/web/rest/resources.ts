import { alertRuleResources } from './alert-rules.ts';
import { alertsResource } from './alerts.ts';
import { calendarResource } from './calendar.ts';
import { candlesResource } from './candles.ts';
import { dayQualityResources } from './day-quality.ts';
import { deadLetterResources } from './dead-letters.ts';
import { errorsResource } from './errors.ts';
import { gapResources } from './gaps.ts';
import { indicatorsResource } from './indicators.ts';
import { instrumentResources } from './instruments.ts';
import { messageSchemaResource } from './message-schemas.ts';
import { quotesResource } from './quotes.ts';
import type { Resource } from './resource.ts';
import type { RestServices } from './rest-services.ts';
import { statusResource } from './status.ts';
import { tradesResource } from './trades.ts';
import { watchlistResources } from './watchlists.ts';

export function restResources(services: RestServices): readonly Resource[] {
  return [
    ...instrumentResources(services),
    candlesResource(services),
    tradesResource(services),
    quotesResource(services),
    indicatorsResource(services),
    alertsResource(services),
    ...alertRuleResources(services),
    ...watchlistResources(services),
    calendarResource(services),
    ...gapResources(services),
    ...dayQualityResources(services),
    errorsResource(services),
    ...deadLetterResources(services),
    statusResource(services),
    messageSchemaResource,
  ];
}
