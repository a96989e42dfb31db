// One file, so that the templates are synthesised once.
import './repositories.checks.ts';
import './rights.checks.ts';
import './template.checks.ts';
