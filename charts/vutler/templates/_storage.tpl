{{/* "true" when MongoDB holds the records. */}}
{{- define "vutler.mongodb" -}}
{{- if or .Values.database.url .Values.database.existingSecret.name }}true{{ end -}}
{{- end }}

{{/* "true" when no state is left on the router's own volume, so that it needs none and may run several times. */}}
{{- define "vutler.stateless" -}}
{{- if and (include "vutler.mongodb" .) .Values.drive.url }}true{{ end -}}
{{- end }}

{{/* Refuse combinations that would lose data, in words that say what to set. */}}
{{- define "vutler.validate" -}}
{{- if and (gt (int .Values.router.replicas) 1) (not (include "vutler.stateless" .)) }}
{{- if not (include "vutler.mongodb" .) }}
{{- fail (printf "router.replicas is %d, but SQLite has one writer: set database.url (mongodb://...) or database.existingSecret.name, or keep router.replicas at 1" (int .Values.router.replicas)) }}
{{- else }}
{{- fail (printf "router.replicas is %d, but the drive is a folder of one router: set drive.url (s3://bucket/prefix), or keep router.replicas at 1" (int .Values.router.replicas)) }}
{{- end }}
{{- end }}
{{- if and .Values.database.url .Values.database.existingSecret.name }}
{{- fail "database.url and database.existingSecret.name are both set: keep one of them" }}
{{- end }}
{{- if and .Values.alerts.webhookUrl (not .Values.alerts.webhookSecret.name) }}
{{- fail "alerts.webhookUrl is set, but nothing signs what is posted there: set alerts.webhookSecret.name to a Secret with the key ALERT_WEBHOOK_SECRET" }}
{{- end }}
{{- with .Values.mail }}
{{- if and (not .domain) (or .allowedDomains .smtp.name .imap.name .webhookSecret.name) }}
{{- fail "mail is to come or go, but agents have no addresses: set mail.domain, for example agents.example.com" }}
{{- end }}
{{- end }}
{{- with .Values.routing }}
{{- if and (eq .mode "Ollama") (not .ollamaUrl) }}
{{- fail "routing.mode is Ollama: set routing.ollamaUrl, for example http://ollama.models:11434" }}
{{- else if and (eq .mode "API") (not .apiModel) }}
{{- fail "routing.mode is API: set routing.apiModel, for example openai/gpt-4o-mini" }}
{{- else if and (eq .mode "Hybrid") (not .ollamaUrl) (not .apiModel) }}
{{- fail "routing.mode is Hybrid, which asks a model when in doubt: set routing.ollamaUrl, for example http://ollama.models:11434, or routing.apiModel, for example openai/gpt-4o-mini" }}
{{- end }}
{{- end }}
{{- end }}
