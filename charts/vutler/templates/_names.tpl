{{/* Labels by which a component's pods are selected; they never change, so upgrades can replace Deployments in place.
     Takes a dict of `root` and `component`. */}}
{{- define "vutler.selectorLabels" -}}
app.kubernetes.io/name: vutler
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{/* Labels of every object. Takes a dict of `root` and `component`. */}}
{{- define "vutler.labels" -}}
{{ include "vutler.selectorLabels" . }}
app.kubernetes.io/part-of: vutler
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" }}
{{- end }}

{{/* The image of operator and router. */}}
{{- define "vutler.image" -}}
{{- if .Values.image.digest -}}
{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}
{{- end }}

{{/* The image that agents run. */}}
{{- define "vutler.openclawImage" -}}
{{- if .Values.openclaw.image.digest -}}
{{ .Values.openclaw.image.repository }}@{{ .Values.openclaw.image.digest }}
{{- else -}}
{{ .Values.openclaw.image.repository }}:{{ .Values.openclaw.image.tag }}
{{- end -}}
{{- end }}

{{/* Where operator, agents and the helm test reach the router. */}}
{{- define "vutler.routerUrl" -}}
http://vutler-router.{{ .Release.Namespace }}.svc:3456
{{- end }}

{{/* The Secret with ROUTER_ADMIN_TOKEN and LLM_ENCRYPTION_KEY. */}}
{{- define "vutler.credentialsSecret" -}}
{{ .Values.auth.existingSecret | default "vutler-credentials" }}
{{- end }}

{{/* One environment variable from the credentials Secret. Takes a dict of `root` and `name`. */}}
{{- define "vutler.credentialEnv" -}}
- name: {{ .name }}
  valueFrom:
    secretKeyRef: {name: {{ include "vutler.credentialsSecret" .root }}, key: {{ .name }}}
{{- end }}

{{/* The variable that holds a provider's managed key, and the name that goes with it in our Secret. */}}
{{- define "vutler.managedKeyName" -}}
MANAGED_LLM_KEY_{{ . | upper }}
{{- end }}
