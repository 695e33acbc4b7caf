import { isIP } from 'node:net';
import { ExpectationError } from '../../model/errors.js';

/** A host, or the hosts below a domain, that pictures may be fetched from. */
export interface AllowedHost {
  /** As in a parsed URL: lower case, international names in ASCII. */
  name: string;
  /** Stands for every name that ends in `.name`, not for `name` itself. */
  subdomains: boolean;
  /** The only port; without one, 80 and 443. */
  port?: number;
  /** Whether its addresses may lie outside of the public internet. */
  private: boolean;
}

const ENTRY = /^(\*\.)?(\[[\da-f:.]+\]|[^\s*:/?#@[\]\\]+)(?::(\d{1,5}))?$/i;
const EXPECTED = 'comma-separated hosts such as pictures.example.org, *.example.org or pictures.example.org:8443';

function readEntry(entry: string, setting: string, isPrivate: boolean): AllowedHost {
  const [, wildcard, host = '', digits] = ENTRY.exec(entry) ?? [];
  const port = digits === undefined ? undefined : Number(digits);
  const name = URL.canParse(`http://${host}`) ? new URL(`http://${host}`).hostname : '';
  const isAddress = name.startsWith('[') || isIP(name) !== 0;
  if (name === '' || (wildcard && isAddress) || port === 0 || (port ?? 1) > 65_535) {
    throw new ExpectationError(setting, EXPECTED, JSON.stringify(entry));
  }
  return { name, subdomains: wildcard !== undefined, ...(port ? { port } : {}), private: isPrivate };
}

/**
 * The hosts that `ALLOW_IMAGE_URLS` and `ALLOW_PRIVATE_IMAGE_URLS` name; none where both are unset.
 * @throws ExpectationError that names the variable with an entry that is no host
 */
export function readAllowedHosts(env: Record<string, string | undefined>): AllowedHost[] {
  const read = (setting: string, isPrivate: boolean): AllowedHost[] => {
    const entries = (env[setting] ?? '').split(',').map((entry) => entry.trim());
    return entries.filter((entry) => entry !== '').map((entry) => readEntry(entry, setting, isPrivate));
  };
  // A host that both name may be private.
  return [...read('ALLOW_PRIVATE_IMAGE_URLS', true), ...read('ALLOW_IMAGE_URLS', false)];
}

/** The entry that allows an address, or undefined. */
export function allowingHost(
  { hostname, port, protocol }: URL,
  hosts: readonly AllowedHost[],
): AllowedHost | undefined {
  const used = port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port);
  return hosts.find(({ name, subdomains, port }) => {
    if (port === undefined ? used !== 80 && used !== 443 : used !== port) return false;
    return subdomains ? hostname.endsWith(`.${name}`) : hostname === name;
  });
}
