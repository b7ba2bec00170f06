{{/* The router's environment. A value that is a secret comes from a Secret, never literally. */}}
{{- define "vutler.routerEnv" -}}
- {name: ROUTER_DATA_DIR, value: /data}
- {name: ROUTER_SHUTDOWN_GRACE, value: {{ sub .Values.router.terminationGracePeriodSeconds 10 | quote }}}
- {name: ROUTER_CLUSTER, value: {{ ternary "auto" "off" .Values.router.clusterAccess | quote }}}
{{ include "vutler.credentialEnv" (dict "root" . "name" "ROUTER_ADMIN_TOKEN") }}
{{ include "vutler.credentialEnv" (dict "root" . "name" "LLM_ENCRYPTION_KEY") }}
{{- if include "vutler.mongodb" . }}
- name: DATABASE_URL
  valueFrom:
    {{- with .Values.database.existingSecret.name }}
    secretKeyRef: {name: {{ . }}, key: {{ $.Values.database.existingSecret.key }}}
    {{- else }}
    secretKeyRef: {name: vutler-router, key: DATABASE_URL}
    {{- end }}
{{- end }}
{{ include "vutler.driveEnv" . }}
{{ include "vutler.modelEnv" . }}
{{ include "vutler.alertEnv" . }}
{{- range $name, $value := .Values.router.extraEnv }}
- {name: {{ $name }}, value: {{ $value | quote }}}
{{- end }}
{{- end }}

{{/* Where files go. */}}
{{- define "vutler.driveEnv" -}}
- {name: DRIVE_MAX_FILE_SIZE, value: {{ .Values.drive.maxFileSize | int64 | quote }}}
{{- if .Values.drive.url }}
- name: DRIVE_STORAGE_URL
  valueFrom:
    secretKeyRef: {name: vutler-router, key: DRIVE_STORAGE_URL}
- {name: AWS_REGION, value: {{ .Values.drive.region | quote }}}
{{- with .Values.drive.endpoint }}
- {name: AWS_ENDPOINT_URL, value: {{ . | quote }}}
{{- end }}
{{- with .Values.drive.existingSecret }}
- name: AWS_ACCESS_KEY_ID
  valueFrom:
    secretKeyRef: {name: {{ . }}, key: AWS_ACCESS_KEY_ID}
- name: AWS_SECRET_ACCESS_KEY
  valueFrom:
    secretKeyRef: {name: {{ . }}, key: AWS_SECRET_ACCESS_KEY}
{{- end }}
{{- end }}
{{- end }}

{{/* Which models answer, for how much, and where they are. */}}
{{- define "vutler.modelEnv" -}}
- {name: MANAGED_LLM_PROVIDER, value: {{ .Values.managed.provider }}}
{{- range $provider, $key := .Values.managed.keys }}
- name: {{ include "vutler.managedKeyName" $provider }}
  valueFrom:
    {{- with $key.secretKeyRef }}
    secretKeyRef: {name: {{ .name }}, key: {{ .key }}}
    {{- else }}
    secretKeyRef: {name: vutler-router, key: {{ include "vutler.managedKeyName" $provider }}}
    {{- end }}
{{- end }}
{{- range $provider, $rate := .Values.managed.requestsPerMinute }}
- {name: MANAGED_LLM_RPM_{{ $provider | upper }}, value: {{ $rate | int64 | quote }}}
{{- end }}
{{- range $provider, $url := .Values.providerUrls }}
- {name: PROVIDER_URL_{{ $provider | upper }}, value: {{ $url | quote }}}
{{- end }}
- {name: TIERS_FILE, value: /etc/vutler/tiers.json}
{{- if .Values.prices }}
- {name: PRICES_FILE, value: /etc/vutler/prices.json}
{{- end }}
- {name: ROUTING_MODE, value: {{ .Values.routing.mode | quote }}}
- {name: ROUTING_TOOLS, value: {{ .Values.routing.tools | quote }}}
- {name: ROUTING_TIMEOUT, value: {{ .Values.routing.timeoutSeconds | quote }}}
- {name: ROUTING_SURE, value: {{ .Values.routing.sure | quote }}}
{{- with .Values.routing.apiModel }}
- {name: ROUTING_API_MODEL, value: {{ . | quote }}}
{{- end }}
{{- with .Values.routing.ollamaUrl }}
- {name: OLLAMA_URL, value: {{ . | quote }}}
{{- end }}
- {name: OLLAMA_MODEL, value: {{ .Values.routing.ollamaModel | quote }}}
{{- with .Values.allowedPrivateEndpoints }}
- {name: ALLOWED_PRIVATE_ENDPOINTS, value: {{ join "," . | quote }}}
{{- end }}
{{- end }}

{{/* When people are told what was used, and where. */}}
{{- define "vutler.alertEnv" -}}
- {name: ROUTER_ALERT_THRESHOLDS, value: {{ join "," .Values.alerts.thresholds | quote }}}
{{- with .Values.alerts.webhookUrl }}
- {name: ROUTER_ALERT_WEBHOOK_URL, value: {{ . | quote }}}
- name: ROUTER_ALERT_WEBHOOK_SECRET
  valueFrom:
    secretKeyRef: {name: {{ $.Values.alerts.webhookSecret.name }}, key: {{ $.Values.alerts.webhookSecret.key }}}
{{- end }}
{{- end }}
