import type { Expression, FunctionDefinition } from './syntax.ts';
import type { Values } from './values.ts';

export const plainDecorators =
  /^(?:builtins\.(?:property|staticmethod|classmethod)|functools\.(?:wraps|lru_cache|cache|cached_property)|abc\.\w+|typing\.\w+|contextlib\.\w+|pytest\.\S+)$/;
/** Functions that call the functions they get. */
export const starters =
  /\b(?:atexit\.register|register|Thread|Timer|Process|submit|start_new_thread|run_in_executor|call_soon|call_later|run|map|apply|apply_async|starmap|reduce|filter|signal|create_task|gather|finalize)\s*\(/;
export const implicitMethods = [
  '__new__',
  '__post_init__',
  '__enter__',
  '__exit__',
  '__del__',
  '__iter__',
  '__str__',
  '__repr__',
  '__init_subclass__',
  '__set_name__',
  '__hash__',
  '__bool__',
  '__len__',
];
/** Commands of setuptools that pip doesn't run. */
export const developerCommands =
  /^(?:upload|publish|release|deploy|test|tests|pytest|lint|flake8|docs?|build_docs?|build_sphinx|clean|coverage|format|bump\w*|tag|register|upload_docs|check|mypy|black|cover\w*|benchmark\w*|bench|doctest|sphinx\w*|distclean|cleanall|clean_all|purge|tox|nosetests?|version|changelog|authors|bdist_(?:rpm|deb|msi|wininst|dmg|app|mpkg))$/i;

/** Modules of the standard library that Python has loaded before it runs code of the archive. */
export const standardNames = new Set(
  'os sys builtins importlib io abc site codecs types warnings zipimport encodings marshal posix nt time stat genericpath ntpath posixpath re json subprocess urllib socket base64'.split(
    ' ',
  ),
);

export const isStatic = ({ decorators }: FunctionDefinition): boolean =>
  decorators.some((decorator) => decoratorName(decorator) === 'staticmethod');

export const isProperty = ({ decorators }: FunctionDefinition): boolean =>
  decorators.some((decorator) => /^(?:property|cached_property|lazy\w*|classproperty)$/.test(decoratorName(decorator)));

export function decoratorName(decorator: Expression): string {
  const [inner = decorator] = decorator.type === 'other' ? decorator.parts : [decorator];
  return inner.type === 'name' || inner.type === 'attribute' ? inner.name : '';
}

export function isArguments(expression: Expression, values: Values): boolean {
  const inner = expression.type === 'subscript' ? expression.of : expression;
  if (inner.type === 'attribute' && inner.name === 'argv') return true;
  return values.some((value) => value.kind === 'reference' && value.name === 'sys.argv');
}
