{{/* What every pod of ours has in common: the restricted Pod Security Standard and where it may run.
     Takes a dict of `root`, `component` and `replicas`. */}}
{{- define "vutler.podSpec" -}}
{{- $values := .root.Values -}}
enableServiceLinks: false
securityContext:
  runAsNonRoot: true
  runAsUser: 10001
  runAsGroup: 10001
  fsGroup: 10001
  fsGroupChangePolicy: OnRootMismatch
  seccompProfile: {type: RuntimeDefault}
{{- with .root.Values.imagePullSecrets }}
imagePullSecrets:
{{- range . }}
  - name: {{ . }}
{{- end }}
{{- end }}
{{- with .root.Values.scheduling.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .root.Values.scheduling.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .root.Values.scheduling.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- if $values.scheduling.affinity }}
affinity: {{- toYaml .root.Values.scheduling.affinity | nindent 2 }}
{{- else if gt (int .replicas) 1 }}
affinity:
  podAntiAffinity:
    preferredDuringSchedulingIgnoredDuringExecution:
      - weight: 100
        podAffinityTerm:
          topologyKey: kubernetes.io/hostname
          labelSelector:
            matchLabels: {{- include "vutler.selectorLabels" . | nindent 14 }}
{{- end }}
{{- end }}

{{/* Labels of a pod: ours and the user's. Takes a dict of `root` and `component`. */}}
{{- define "vutler.podLabels" -}}
{{ include "vutler.labels" . }}
{{- with .root.Values.podLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/* What checkov and kube-score still find in our pods, and why it stays; both read these annotations. */}}
{{- define "vutler.findings" -}}
checkov.io/skip1: CKV_K8S_43=which digest to pin is the installer's choice - image.digest
checkov.io/skip2: CKV_K8S_15=the tag names one build, and images loaded into nodes by hand must start
checkov.io/skip3: CKV_K8S_35=settings come from the environment; the process that needs a secret is the only one in its pod
{{- end }}

{{/* A container that can change nothing but its scratch folders. */}}
{{- define "vutler.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end }}

{{/* Probes on /healthz and /readyz; two minutes to start, also on a busy machine. Takes the port's name. */}}
{{- define "vutler.probes" -}}
startupProbe:
  httpGet: {path: /healthz, port: {{ . }}}
  periodSeconds: 2
  timeoutSeconds: 2
  failureThreshold: 60
livenessProbe:
  httpGet: {path: /healthz, port: {{ . }}}
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: 3
readinessProbe:
  httpGet: {path: /readyz, port: {{ . }}}
  periodSeconds: 5
  timeoutSeconds: 3
  failureThreshold: 2
{{- end }}
