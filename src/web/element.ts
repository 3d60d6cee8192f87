type Child = Node | string | null | false;
type Properties = Record<string, string | boolean | number | ((event: Event) => void)>;

/**
 * One element. Text only ever enters as text, never as HTML: names and log lines come from clusters.
 * `on…` properties listen; `false` leaves an attribute out; `--x` sets a CSS variable.
 */
export function el(tag: string, properties: Properties = {}, ...children: Child[]): HTMLElement {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (typeof value === 'function') element.addEventListener(name.slice(2), value);
    else if (name.startsWith('--')) element.style.setProperty(name, String(value));
    else if (value !== false) element.setAttribute(name, value === true ? '' : String(value));
  }
  element.append(...children.filter((child) => child !== null && child !== false));
  return element;
}

/** The element the page was written with. */
export function byId(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`index.html has no #${id}`);
  return found;
}
