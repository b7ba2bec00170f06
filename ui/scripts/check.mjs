/** Types, lint and unit tests side by side; what each says is shown when it ends. */
import { spawn } from "node:child_process";

const CHECKS = ["types", "lint", "test"];

function run(name) {
  const started = Date.now();
  const said = [];
  const child = spawn(process.execPath, [process.env.npm_execpath, "run", "--silent", name]);
  child.stdout.on("data", (piece) => said.push(piece));
  child.stderr.on("data", (piece) => said.push(piece));
  return new Promise((resolve) => {
    child.once("close", (code) => {
      const seconds = ((Date.now() - started) / 1000).toFixed(0);
      process.stdout.write(Buffer.concat(said));
      console.log(`  dashboard: ${name} ${code === 0 ? "ok" : "failed"} (${seconds} s)`);
      resolve(code === 0);
    });
  });
}

const passed = await Promise.all(CHECKS.map(run));
process.exitCode = passed.every(Boolean) ? 0 : 1;
