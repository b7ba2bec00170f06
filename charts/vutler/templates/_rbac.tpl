{{/* What the operator may do where Agents live. A test holds this list equal to what its code does:
     vutler_operator.cluster.PERMISSIONS. */}}
{{- define "vutler.agentRules" -}}
- apiGroups: [vutler.io]
  resources: [agents, llmconfigs]
  verbs: [list, watch]
- apiGroups: [vutler.io]
  resources: [agents/status, llmconfigs/status]
  verbs: [patch]
# No delete: what belongs to an Agent goes with it by its owner reference.
- apiGroups: [""]
  resources: [configmaps, persistentvolumeclaims, secrets, serviceaccounts, services]
  verbs: [create, get, list, patch, watch]
- apiGroups: [apps]
  resources: [deployments]
  verbs: [create, get, list, patch, watch]
- apiGroups: [networking.k8s.io]
  resources: [networkpolicies]
  verbs: [create, get, list, patch, watch]
- apiGroups: [""]
  resources: [pods]
  verbs: [list, watch]
- apiGroups: [""]
  resources: [events]
  verbs: [create]
{{- end }}

{{/* What it may read where Agents live and in the catalogue's namespace. */}}
{{- define "vutler.templateRules" -}}
- apiGroups: [vutler.io]
  resources: [agenttemplates]
  verbs: [list, watch]
{{- end }}

{{/* The Lease that it holds; a test holds this equal to vutler_operator.names.lease_name. */}}
{{- define "vutler.leaseName" -}}
vutler-operator
{{- with .Values.watchNamespaces }}-{{ . | uniq | sortAlpha | join "," | sha256sum | trunc 8 }}{{ end }}
{{- end }}

{{/* What it may do at home: hold the lease by which several agree on the one that acts. A creation cannot be bound to a name. */}}
{{- define "vutler.leaseRules" -}}
- apiGroups: [coordination.k8s.io]
  resources: [leases]
  resourceNames: [{{ include "vutler.leaseName" . }}]
  verbs: [get, patch]
- apiGroups: [coordination.k8s.io]
  resources: [leases]
  verbs: [create]
{{- end }}

{{/* Bind a Role of one name and namespace to the operator. Takes a dict of `root`, `labels`, `name` and `namespace`. */}}
{{- define "vutler.roleBinding" -}}
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  name: {{ .name }}
  namespace: {{ .namespace }}
  labels: {{- .labels | nindent 4 }}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: {{ .name }}}
subjects:
  - {kind: ServiceAccount, name: vutler-operator, namespace: {{ .root.Release.Namespace }}}
{{- end }}
