/** The script of the page: keys, and buttons that fill the form. The page works without it. */
export const script = `'use strict';
const one = (selector) => document.querySelector(selector);
const entries = () => [...document.querySelectorAll('.queue .entry')];
const selected = () => entries().findIndex((entry) => entry.classList.contains('selected'));
function move(by) {
  const entry = entries()[selected() + by];
  if (entry) entry.querySelector('a').click();
}
function choose(kind) {
  const radio = one('#decide input[name=kind][value=' + kind + ']');
  if (radio) radio.checked = true;
  const reason = one('#reason');
  if (reason) reason.focus();
}
function countChecked() {
  const text = one('#checked');
  const count = document.querySelectorAll('.queue input[name=spec]:checked').length;
  if (text) text.textContent = count === 0 ? '' : 'and ' + count + ' checked';
}
const keys = {
  j: () => move(1),
  k: () => move(-1),
  a: () => choose('approve'),
  d: () => choose('deny'),
  x: () => { const box = one('.queue .selected input'); if (box) box.click(); },
  '/': () => { const search = one('#search'); if (search) search.focus(); },
};
document.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === 'Escape') { document.activeElement.blur(); return; }
  if (event.target.closest('textarea, select, input:not([type=checkbox]):not([type=radio])')) return;
  const action = Object.hasOwn(keys, event.key) ? keys[event.key] : undefined;
  if (!action) return;
  event.preventDefault();
  action();
});
document.addEventListener('change', countChecked);
document.addEventListener('click', (event) => {
  const button = event.target.closest('button[data-reason]');
  if (!button) return;
  choose(button.dataset.kind);
  one('#reason').value = button.dataset.reason;
});
countChecked();
const current = one('.queue .selected');
if (current) current.scrollIntoView({ block: 'nearest' });
if (one('.notice')) one('#notices').focus();
`;
