import { contentSecurityPolicy } from './content-security-policy.ts';
import { PAGE_STYLE_SOURCE } from './pages.ts';

/** The one inline style is that of the plain pages. */
export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': contentSecurityPolicy([PAGE_STYLE_SOURCE]),
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
};
