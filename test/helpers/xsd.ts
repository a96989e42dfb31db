import { parseDocument } from 'htmlparser2';

type Declaration = {
  readonly attributes: ReadonlyMap<string, { readonly required: boolean }>;
  readonly children: ReadonlySet<string>;
  readonly hasText: boolean;
};
type Element = {
  readonly name: string;
  readonly attribs: Readonly<Record<string, string>>;
  readonly children: readonly unknown[];
};

/**
 * Returns how an XML text breaks an XML schema: unknown elements, children and attributes, missing attributes, and text
 * where none may be. Knows what `junit-10.xsd` uses of XML Schema: global elements, `ref`, `type` and `mixed`.
 */
export function schemaViolations(xml: string, schema: string): readonly string[] {
  const declarations = declarationsOf(schema);
  const found: string[] = [];
  const visit = (element: Element): void => {
    const declaration = declarations.get(element.name);
    if (declaration === undefined) {
      found.push(`unknown element ${element.name}`);
      return;
    }
    for (const name of Object.keys(element.attribs)) {
      if (!declaration.attributes.has(name)) found.push(`${element.name} has the attribute ${name}`);
    }
    for (const [name, { required }] of declaration.attributes) {
      if (required && element.attribs[name] === undefined) found.push(`${element.name} lacks the attribute ${name}`);
    }
    if (!declaration.hasText && textOf(element).trim() !== '') found.push(`${element.name} has text`);
    for (const child of elementsIn(element)) {
      if (!declaration.children.has(child.name)) found.push(`${element.name} has the child ${child.name}`);
      visit(child);
    }
  };
  const roots = elementsIn(parseXml(xml));
  if (roots.length !== 1) found.push(`${roots.length} root elements`);
  for (const root of roots) visit(root);
  return found;
}

function declarationsOf(schema: string): ReadonlyMap<string, Declaration> {
  const top = elementsIn(parseXml(schema))[0];
  if (top === undefined) throw new Error('no schema');
  const named = (tag: string) => elementsIn(top).filter(({ name }) => name === tag);
  const types = new Map(named('xs:complexType').map((type) => [type.attribs.name, type]));
  return new Map(
    named('xs:element').map((element) => {
      const type = elementsIn(element)[0] ?? types.get(element.attribs.type);
      const below = type === undefined ? [] : descendants(type);
      const declaration: Declaration = {
        attributes: new Map(
          below
            .filter(({ name }) => name === 'xs:attribute')
            .map(({ attribs }) => [attribs.name ?? '', { required: attribs.use === 'required' }]),
        ),
        children: new Set(
          below.filter(({ name }) => name === 'xs:element').map(({ attribs }) => attribs.ref ?? attribs.name ?? ''),
        ),
        hasText: type === undefined || type.attribs.mixed === 'true',
      };
      return [element.attribs.name ?? '', declaration];
    }),
  );
}

function parseXml(text: string): Element {
  return { name: '', attribs: {}, children: parseDocument(text, { xmlMode: true }).children };
}

function elementsIn({ children }: Element): Element[] {
  return children.filter(
    (child): child is Element =>
      typeof child === 'object' && child !== null && 'attribs' in child && 'children' in child,
  );
}

function descendants(element: Element): Element[] {
  return elementsIn(element).flatMap((child) => [child, ...descendants(child)]);
}

function textOf({ children }: Element): string {
  return children
    .map((child) =>
      (child as { type: string; data?: string }).type === 'text' ? (child as { data: string }).data : '',
    )
    .join('');
}
