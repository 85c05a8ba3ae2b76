/**
 * Puts the links behind the description of alerts, as text, so that comments and layout of the files stay what people
 * made them: the yaml library writes documents in a layout of its own, and here only tells where things are.
 * Called by `files.ts`; annotating twice is the same as once.
 */

import { type Document, isMap, isNode, isScalar, parseDocument, type YAMLMap } from 'yaml';
import { type Bases, filledLinks, type Links, linkTemplates } from './links.ts';

/** A part of a rule file of Prometheus. */
interface RuleFile {
  readonly groups: readonly { readonly rules: readonly { readonly alert?: string }[] }[];
}

/** A part of a test file of promtool. */
interface TestFile {
  readonly tests: readonly {
    readonly alert_rule_test?: readonly {
      readonly alertname: string;
      readonly exp_alerts?: readonly { readonly exp_labels?: Readonly<Record<string, string>> }[];
    }[];
  }[];
}

interface Place {
  readonly annotations: YAMLMap;
  readonly links: Links;
}

/**
 * @param file name of the rule file without `.rules.yml`
 * @throws what is wrong with the file; in particular an alert whose annotations are not `summary` and `description`
 */
export function annotateRules(file: string, text: string, bases: Bases): string {
  const name = `${file}.rules.yml`;
  return annotate(name, text, (document) => {
    const { groups } = document.toJS() as RuleFile;
    return groups.flatMap(({ rules }, group) =>
      rules.flatMap(({ alert }, rule) => {
        if (alert === undefined) return [];
        const annotations = document.getIn(['groups', group, 'rules', rule, 'annotations'], true);
        const keys = isMap(annotations) ? annotations.items.map(({ key }) => String(key)) : [];
        if (!isMap(annotations) || keys.join() !== 'summary,description') {
          throw new Error(`${name}: ${alert} must have the annotations summary and description, in this order`);
        }
        return [{ annotations, links: linkTemplates(file, alert, bases) }];
      }),
    );
  });
}

/**
 * Annotates every alert that is expected where it is written; an alias repeats it with its links.
 * @param file as of `annotateRules`
 * @throws what is wrong with the file
 */
export function annotateTests(file: string, text: string, bases: Bases): string {
  return annotate(`${file}.tests.yml`, text, (document) => {
    const { tests } = document.toJS() as TestFile;
    return tests.flatMap(({ alert_rule_test: cases = [] }, test) =>
      cases.flatMap(({ alertname, exp_alerts: alerts = [] }, index) =>
        alerts.flatMap(({ exp_labels: labels = {} }, alert) => {
          const path = ['tests', test, 'alert_rule_test', index, 'exp_alerts', alert, 'exp_annotations'];
          const annotations = document.getIn(path, true);
          return isMap(annotations) ? [{ annotations, links: filledLinks(file, alertname, bases, labels) }] : [];
        }),
      ),
    );
  });
}

function annotate(name: string, text: string, find: (document: Document) => readonly Place[]): string {
  const bare = text
    .replaceAll(/^ *(?:runbook_url|dashboard_url): .*\n/gm, '')
    .replaceAll(/, (?:runbook_url|dashboard_url): '[^']*'/g, '');
  const document = parseDocument(bare, { merge: true });
  const [error] = document.errors;
  if (error !== undefined) throw new Error(`${name}: ${error.message}`);
  return find(document)
    .map((place) => insertion(name, bare, place))
    .toSorted((a, b) => b.offset - a.offset)
    .reduce((result, { offset, more }) => result.slice(0, offset) + more + result.slice(offset), bare);
}

/** What to insert where, so that the links follow the description in the style of the map. */
function insertion(name: string, text: string, { annotations, links }: Place): { offset: number; more: string } {
  const description = annotations.items.find(({ key }) => isScalar(key) && key.value === 'description');
  const [keyRange, valueRange] = [description?.key, description?.value].map((node) => isNode(node) && node.range);
  if (!keyRange || !valueRange) throw new Error(`${name}: annotations without a description: ${String(annotations)}`);
  const pairs = Object.entries(links);
  const [start, end] = [keyRange[0], valueRange[1]];
  if (annotations.flow) return { offset: end, more: pairs.map(([key, url]) => `, ${key}: '${url}'`).join('') };
  const indent = ' '.repeat(start - text.lastIndexOf('\n', start) - 1);
  // A block scalar ends after its line break and the empty lines that follow, any other before its line break.
  const last = start + text.slice(start, end).trimEnd().length;
  return {
    offset: text.indexOf('\n', last) + 1,
    more: pairs.map(([key, url]) => `${indent}${key}: ${url}\n`).join(''),
  };
}
