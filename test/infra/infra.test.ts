// One test file, so that the templates are synthesized once.
import './repositories.checks.ts';
import './permissions.checks.ts';
import './template.checks.ts';
