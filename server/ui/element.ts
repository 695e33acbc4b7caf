type Child = Node | string | null | undefined | false;

/** Makes an element with attributes and children; `on...` attributes are listeners, `false` and `undefined` ones are left out. */
export function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Record<string, unknown> = {},
  ...children: Child[]
): HTMLElementTagNameMap[Tag] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    if (typeof value === 'function') made.addEventListener(name.slice(2), value as EventListener);
    else made.setAttribute(name, value === true ? '' : String(value));
  }
  made.append(
    ...(children.filter((child) => child instanceof Node || (typeof child === 'string' && child !== '')) as (
      | Node
      | string
    )[]),
  );
  return made;
}
