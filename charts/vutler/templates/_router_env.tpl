{{/* The router's environment. A value that is a secret comes from a Secret, never literally. */}}
{{- define "vutler.routerEnv" -}}
- {name: ROUTER_DATA_DIR, value: /data}
- {name: ROUTER_SHUTDOWN_GRACE, value: {{ sub .Values.router.terminationGracePeriodSeconds 10 | quote }}}
- {name: ROUTER_CLUSTER, value: {{ ternary "auto" "off" .Values.router.clusterAccess | quote }}}
- {name: TEMPLATES_NAMESPACE, value: {{ .Release.Namespace }}}
{{- with include "vutler.publicUrl" . }}
- {name: ROUTER_PUBLIC_URL, value: {{ . | quote }}}
{{- end }}
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
{{ include "vutler.mailEnv" . }}
{{- range $name, $value := .Values.router.extraEnv }}
- {name: {{ $name }}, value: {{ $value | quote }}}
{{- end }}
{{- end }}

{{/* Where people reach the router; empty when nobody said so. */}}
{{- define "vutler.publicUrl" -}}
{{- if .Values.router.publicUrl }}
{{- .Values.router.publicUrl }}
{{- else if .Values.ingress.enabled }}
{{- printf "%s://%s" (ternary "https" "http" (ne .Values.ingress.tlsSecretName "")) .Values.ingress.host }}
{{- end }}
{{- end }}

{{/* Where files go. A bucket's credentials are the variables that its provider's own programs read. */}}
{{- define "vutler.driveEnv" -}}
- {name: DRIVE_MAX_FILE_SIZE, value: {{ .Values.drive.maxFileSize | int64 | quote }}}
{{- if .Values.drive.agentQuota }}
- {name: DRIVE_AGENT_QUOTA, value: {{ .Values.drive.agentQuota | int64 | quote }}}
{{- end }}
{{- if .Values.drive.workspaceQuota }}
- {name: DRIVE_WORKSPACE_QUOTA, value: {{ .Values.drive.workspaceQuota | int64 | quote }}}
{{- end }}
{{- if .Values.drive.url }}
- name: DRIVE_STORAGE_URL
  valueFrom:
    secretKeyRef: {name: vutler-router, key: DRIVE_STORAGE_URL}
{{- $scheme := splitList "://" .Values.drive.url | first }}
{{- if eq $scheme "s3" }}
- {name: AWS_REGION, value: {{ .Values.drive.region | quote }}}
{{- with .Values.drive.endpoint }}
- {name: AWS_ENDPOINT_URL, value: {{ . | quote }}}
{{- end }}
{{- end }}
{{- $credentials := dict
    "s3" (list "AWS_ACCESS_KEY_ID" "AWS_SECRET_ACCESS_KEY")
    "gs" (list "GOOGLE_SERVICE_ACCOUNT_KEY")
    "az" (list "AZURE_STORAGE_ACCOUNT_NAME" "AZURE_STORAGE_ACCOUNT_KEY") }}
{{- with .Values.drive.existingSecret }}
{{- $secret := . }}
{{- range get $credentials $scheme }}
- name: {{ . }}
  valueFrom:
    secretKeyRef: {name: {{ $secret }}, key: {{ . }}}
{{- end }}
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

{{/* Agents' mail: their addresses, where they may write, and the servers. */}}
{{- define "vutler.mailEnv" -}}
- {name: MAIL_PER_HOUR, value: {{ .Values.mail.perHour | int64 | quote }}}
{{- with .Values.mail.domain }}
- {name: MAIL_DOMAIN, value: {{ . | quote }}}
{{- end }}
{{- with .Values.mail.allowedDomains }}
- {name: MAIL_ALLOWED_DOMAINS, value: {{ join "," . | quote }}}
{{- end }}
{{- if .Values.mail.smtp.name }}
- name: MAIL_SMTP_URL
  valueFrom:
    secretKeyRef: {name: {{ .Values.mail.smtp.name }}, key: {{ .Values.mail.smtp.key }}}
{{- end }}
{{- if .Values.mail.imap.name }}
- {name: MAIL_POLL_INTERVAL, value: {{ .Values.mail.pollSeconds | quote }}}
- name: MAIL_IMAP_URL
  valueFrom:
    secretKeyRef: {name: {{ .Values.mail.imap.name }}, key: {{ .Values.mail.imap.key }}}
{{- end }}
{{- if .Values.mail.webhookSecret.name }}
- name: MAIL_WEBHOOK_SECRET
  valueFrom:
    secretKeyRef: {name: {{ .Values.mail.webhookSecret.name }}, key: {{ .Values.mail.webhookSecret.key }}}
{{- end }}
{{- end }}
