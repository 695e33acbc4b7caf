import { describe, expect, test } from 'vitest';
import { escapeHtml, html } from '../../../training/report/html.js';

test.each([
  ['<script>alert("x")</script>', '&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;'],
  ["Tom & Jerry's", 'Tom &amp; Jerry&#39;s'],
  ['a red cube', 'a red cube'],
])('%s is escaped', (text, want) => {
  expect(escapeHtml(text)).toBe(want);
});

describe('the template', () => {
  test('escapes texts and leaves its own markup', () => {
    expect(html`<b title="${'"'}">${'<i>'}${html`<i>${'&'}</i>`}</b>`.text).toBe(
      '<b title="&quot;">&lt;i&gt;<i>&amp;</i></b>',
    );
  });
  test('joins lists, shows 0 and leaves out what is not there', () => {
    expect(html`<p>${[1, 2].map((n) => html`<i>${n}</i>`)}${0}${null}${undefined}</p>`.text).toBe(
      '<p><i>1</i><i>2</i>0</p>',
    );
  });
});
