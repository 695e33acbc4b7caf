import { BlockList } from 'node:net';

/** What IANA's special-purpose registries and RFC 6890 keep out of the public internet, multicast included. */
const RESERVED_IPV4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  // Azure's host agent answers here, to virtual machines only.
  '168.63.129.16/32',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/3',
];

/** Global unicast. Everything else is reserved, IPv4-mapped, NAT64, unique local, link-local or multicast. */
const GLOBAL_IPV6 = ['2000::/3'];

/** Protocol assignments (Teredo among them), examples, and 6to4, which would carry any IPv4 address. */
const RESERVED_IPV6 = ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'];

function ranges(family: 'ipv4' | 'ipv6', subnets: readonly string[]): BlockList {
  const list = new BlockList();
  for (const subnet of subnets) {
    const [network, prefix] = subnet.split('/');
    list.addSubnet(network!, Number(prefix), family);
  }
  return list;
}

const reservedIpv4 = ranges('ipv4', RESERVED_IPV4);
const globalIpv6 = ranges('ipv6', GLOBAL_IPV6);
const reservedIpv6 = ranges('ipv6', RESERVED_IPV6);

/** Whether an address, as a lookup gives it, belongs to the public internet. */
export function isPublicAddress({ address, family }: { address: string; family: number }): boolean {
  if (family === 4) return !reservedIpv4.check(address, 'ipv4');
  return globalIpv6.check(address, 'ipv6') && !reservedIpv6.check(address, 'ipv6');
}
