{{/* Name servers, wherever they are: a node's DNS cache sits on a link-local address that no selector names. */}}
{{- define "vutler.egressToDns" -}}
- ports:
    - {port: 53, protocol: UDP}
    - {port: 53, protocol: TCP}
{{- end }}

{{/* Name servers and our router. */}}
{{- define "vutler.egressToRouter" -}}
{{ include "vutler.egressToDns" . }}
- to:
    - podSelector:
        matchLabels: {{- include "vutler.selectorLabels" (dict "root" . "component" "router") | nindent 10 }}
  ports:
    - {port: http, protocol: TCP}
{{- end }}
