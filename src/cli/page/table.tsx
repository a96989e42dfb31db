import type { Child } from 'hono/jsx';

/** A table with a heading for each column; `children` are its rows. A wide one scrolls in its box, by keyboard too. */
export function Table({ label, columns, children }: { label: string; columns: readonly string[]; children?: Child }) {
  return (
    <section class="scroll" tabindex={0} aria-label={label}>
      <table>
        <thead>
          <tr>
            {columns.map((column) => (
              <th scope="col">{column}</th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </section>
  );
}
