/** Parsers of single values. Each returns `undefined` for a value it does not accept. */

export function text(raw: string): string | undefined {
  return raw.trim() || undefined;
}

export function url(raw: string): string | undefined {
  const address = URL.canParse(raw.trim()) ? new URL(raw.trim()) : undefined;
  if (address?.protocol !== 'http:' && address?.protocol !== 'https:') return undefined;
  return raw.trim().replace(/\/+$/, '');
}

export function wholeNumber(min: number, max: number): (raw: string) => number | undefined {
  return (raw) => {
    const value = /^\d{1,9}$/.test(raw.trim()) ? Number(raw) : Number.NaN;
    return value >= min && value <= max ? value : undefined;
  };
}

const switches: Readonly<Record<string, boolean>> = {
  on: true,
  true: true,
  yes: true,
  '1': true,
  off: false,
  false: false,
  no: false,
  '0': false,
};

export function switchOf(raw: string): boolean | undefined {
  return switches[raw.trim().toLowerCase()];
}

/** Reads which stack is wanted. `embedded` is the older name of the local stack. */
export function stackOf(raw: string): 'aws' | 'local' | undefined {
  if (raw === 'embedded') return 'local';
  return raw === 'aws' || raw === 'local' ? raw : undefined;
}
