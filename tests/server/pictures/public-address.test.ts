import { isIP } from 'node:net';
import { describe, expect, test } from 'vitest';
import { isPublicAddress } from '../../../server/pictures/public-address.js';

const isPublic = (address: string): boolean => isPublicAddress({ address, family: isIP(address) });

describe('isPublicAddress', () => {
  test.each([
    ['this network', '0.0.0.0'],
    ['private', '10.1.2.3'],
    ['private', '172.16.0.1'],
    ['private', '172.31.255.255'],
    ['private', '192.168.1.1'],
    ['carrier-grade NAT', '100.64.0.1'],
    ['carrier-grade NAT', '100.127.255.255'],
    ['loopback', '127.0.0.1'],
    ['loopback', '127.255.255.254'],
    ['link-local, where clouds keep credentials', '169.254.169.254'],
    ['host agent of a cloud', '168.63.129.16'],
    ['protocol assignments', '192.0.0.192'],
    ['documentation', '192.0.2.1'],
    ['benchmarks', '198.19.0.1'],
    ['multicast', '224.0.0.1'],
    ['reserved', '240.0.0.1'],
    ['broadcast', '255.255.255.255'],
    ['unspecified', '::'],
    ['loopback', '::1'],
    ['IPv4-mapped', '::ffff:127.0.0.1'],
    ['IPv4-mapped, in hexadecimal', '::ffff:a9fe:a9fe'],
    ['IPv4-mapped, even of a public address', '::ffff:8.8.8.8'],
    ['IPv4-compatible', '::127.0.0.1'],
    ['NAT64', '64:ff9b::7f00:1'],
    ['local NAT64', '64:ff9b:1::1'],
    ['6to4', '2002:7f00:1::'],
    ['Teredo', '2001:0:53aa:64c:0:fbff:8a55:5b3f'],
    ['documentation', '2001:db8::1'],
    ['unique local', 'fd00:ec2::254'],
    ['link-local', 'fe80::1'],
    ['site-local', 'fec0::1'],
    ['multicast', 'ff02::1'],
    ['discard', '100::1'],
  ])('refuses %s: %s', (_, address) => {
    expect(isPublic(address)).toBe(false);
  });

  test.each(['1.1.1.1', '8.8.8.8', '100.63.255.255', '100.128.0.0', '172.32.0.1', '223.255.255.255'])(
    'takes %s',
    (address) => {
      expect(isPublic(address)).toBe(true);
    },
  );

  test.each(['2606:4700:4700::1111', '2a00:1450:4001:800::200e', '2400:cb00::1'])('takes %s', (address) => {
    expect(isPublic(address)).toBe(true);
  });
});
