// One engine from npm in one warm process, with the same questions and answers as engines.py.
//     node peers.js ENGINE CASE.json TEMPLATES
"use strict";
const fs = require("fs");
const path = require("path");
const readline = require("readline");

const [engine, casePath, templates] = process.argv.slice(2);
const units = JSON.parse(fs.readFileSync(casePath, "utf8")).flat();

const ENGINES = {
  docxtemplater() {
    const PizZip = require("pizzip");
    const Docxtemplater = require("docxtemplater");
    return (template, context) => {
      const paper = new Docxtemplater(new PizZip(fs.readFileSync(template)), {
        paragraphLoop: true,
        linebreaks: true,
      });
      paper.render(context);
      return paper.toBuffer({ compression: "DEFLATE" });
    };
  },
  "easy-template-x"() {
    const { TemplateHandler } = require("easy-template-x");
    const handler = new TemplateHandler();
    return (template, context) => handler.process(fs.readFileSync(template), context);
  },
  // The cells of the result, worked out beforehand: [sheet, cell, value, formula, sample cell].
  "xlsx-populate"() {
    const XlsxPopulate = require("xlsx-populate");
    return async (template, context) => {
      const book = await XlsxPopulate.fromFileAsync(template);
      for (const [name, cells, merges, unmerge] of context.cells) {
        const sheet = book.sheet(name);
        for (const area of unmerge) sheet.range(area).merged(false);
        const styles = cells.map((c) => sheet.cell(c[3])._styleId);
        cells.forEach(([place, value, formula, look], n) => {
          const cell = sheet.cell(place);
          if (formula) cell.formula(formula);
          else cell.value(value === null ? undefined : value);
          if (look !== place) cell._styleId = styles[n];
        });
        for (const area of merges) sheet.range(area).merged(true);
      }
      return book.outputAsync();
    };
  },
};

async function main() {
  const fill = ENGINES[engine]();
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const [first, last, folder] = JSON.parse(line);
    const jobs = [];
    for (let n = first; n < last; n++) {
      fs.mkdirSync(path.join(folder, String(n)), { recursive: true });
      for (const [name, template, context] of units[n][1])
        jobs.push([path.join(folder, String(n), name), template, path.join(templates, template), context]);
    }
    let answer;
    try {
      const times = {};
      for (const [target, label, template, context] of jobs) {
        const start = process.hrtime.bigint();
        const cpu = process.cpuUsage();
        fs.writeFileSync(target, await fill(template, context));
        const used = process.cpuUsage(cpu);
        const known = (times[label] ??= [0, 0]);
        known[0] += Number(process.hrtime.bigint() - start) / 1e9;
        known[1] += (used.user + used.system) / 1e6;
      }
      answer = { times };
    } catch (error) {
      answer = { error: String(error) };
    }
    console.log(JSON.stringify(answer));
  }
}

main();
