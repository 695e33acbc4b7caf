import { describe, expect, test } from 'vitest';
import { allowingHost, readAllowedHosts } from '../../../server/pictures/allowed-hosts.js';

const allows = (setting: string, url: string): boolean =>
  allowingHost(new URL(url), readAllowedHosts({ ALLOW_IMAGE_URLS: setting })) !== undefined;

describe('ALLOW_IMAGE_URLS', () => {
  test.each([
    ['pictures.example.org', 'https://pictures.example.org/a.jpg', true],
    ['pictures.example.org', 'http://pictures.example.org/a.jpg', true],
    ['Pictures.Example.ORG', 'https://PICTURES.example.org/', true],
    ['pictures.example.org', 'https://pictures.example.org:443/', true],
    ['pictures.example.org', 'https://pictures.example.org:80/', true],
    ['pictures.example.org', 'https://pictures.example.org:8443/', false],
    ['pictures.example.org', 'https://example.org/', false],
    ['pictures.example.org', 'https://a.pictures.example.org/', false],
    ['pictures.example.org', 'https://pictures.example.org.evil.test/', false],
    ['pictures.example.org', 'https://pictures.example.org@evil.test/', false],
    ['*.example.org', 'https://a.example.org/', true],
    ['*.example.org', 'https://a.b.example.org/', true],
    ['*.example.org', 'https://example.org/', false],
    ['*.example.org', 'https://evilexample.org/', false],
    ['a.test, b.test,', 'https://b.test/', true],
    ['a.test:8443', 'https://a.test:8443/', true],
    ['a.test:8443', 'https://a.test/', false],
    ['a.test:80', 'http://a.test/', true],
    ['a.test:80', 'https://a.test/', false],
    ['*.a.test:9000', 'http://x.a.test:9000/', true],
    ['bücher.example', 'https://xn--bcher-kva.example/', true],
    ['[2606:4700::1]', 'https://[2606:4700:0::1]/', true],
    ['10.0.0.1', 'http://0x0a000001/', true],
    ['', 'https://example.org/', false],
  ])('%s, asked for %s: %s', (setting, url, allowed) => {
    expect(allows(setting, url)).toBe(allowed);
  });

  test('names public hosts only, and ALLOW_PRIVATE_IMAGE_URLS those that need not be', () => {
    const hosts = readAllowedHosts({
      ALLOW_IMAGE_URLS: 'a.test,b.test',
      ALLOW_PRIVATE_IMAGE_URLS: 'b.test,c.test:9000',
    });
    const found = ['http://a.test/', 'http://b.test/', 'http://c.test:9000/'].map((url) =>
      allowingHost(new URL(url), hosts),
    );
    expect(found.map((host) => host?.private)).toEqual([false, true, true]);
  });

  test.each([
    '*',
    'https://example.org',
    'example.org/pictures',
    'user@example.org',
    'a.*.org',
    '*.10.0.0.1',
    'a.test:0',
  ])('%s is refused by name', (entry) => {
    expect(() => readAllowedHosts({ ALLOW_IMAGE_URLS: `a.test,${entry}` })).toThrow(
      `ALLOW_IMAGE_URLS: expected comma-separated hosts such as pictures.example.org, *.example.org or pictures.example.org:8443, got "${entry}"`,
    );
    expect(() => readAllowedHosts({ ALLOW_PRIVATE_IMAGE_URLS: entry })).toThrow(/^ALLOW_PRIVATE_IMAGE_URLS: /);
  });
});
