import { spawnSync } from "node:child_process";

/** A real API server with the project's resources, as tests/ui/browser starts it. */
interface Place {
  /** The administrator's kubeconfig. */
  admin: string;
  /** The kubeconfig of the router's own account, with the rights that the chart gives it. */
  router: string;
  /** A namespace of the tests' own, where that account may act. */
  namespace: string;
  kubectl: string;
}

export interface AgentResource {
  spec: { running?: boolean; displayName?: string; templateRef?: { name: string } };
  status?: { phase?: string };
}

export class Cluster {
  readonly #place: Place;

  constructor() {
    const told = process.env.DASHBOARD_CLUSTER;
    if (told === undefined) throw new Error("these tests need an API server: start them with `make ui-browser`");
    this.#place = JSON.parse(told) as Place;
  }

  get namespace(): string {
    return this.#place.namespace;
  }

  get routersAccount(): string {
    return this.#place.router;
  }

  get kubeconfig(): string {
    return this.#place.admin;
  }

  kubectl(arguments_: string[], stdin?: string): string {
    const done = spawnSync(this.#place.kubectl, ["--kubeconfig", this.#place.admin, "-n", this.namespace, ...arguments_], {
      input: stdin,
      encoding: "utf8",
      timeout: 60_000,
    });
    if (done.status !== 0) throw new Error(`kubectl ${arguments_.join(" ")}: ${done.stderr}`);
    return done.stdout;
  }

  apply(kind: string, name: string, content: object, version = "vutler.io/v1alpha1"): void {
    this.kubectl(["apply", "-f", "-"], JSON.stringify({ apiVersion: version, kind, metadata: { name }, ...content }));
  }

  agent(name: string): AgentResource {
    return JSON.parse(this.kubectl(["get", "agents.vutler.io", name, "-o", "json"])) as AgentResource;
  }

  /** A service account that may do these things with the Agents of the namespace, and a token of it. */
  person(name: string, verbs: string[]): string {
    this.kubectl(["create", "serviceaccount", name]);
    this.kubectl(["create", "role", name, `--verb=${verbs.join(",")}`, "--resource=agents.vutler.io"]);
    this.kubectl(["create", "rolebinding", name, `--role=${name}`, `--serviceaccount=${this.namespace}:${name}`]);
    return this.kubectl(["create", "token", name, "--duration", "30m"]).trim();
  }
}
