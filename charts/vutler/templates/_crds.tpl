{{/* Names of CRDs in the cluster whose schema is not the chart's, as a JSON list. Helm installs crds/ once and leaves it
     alone afterwards, so an upgrade has to say what is to be done. */}}
{{- define "vutler.staleCrds" -}}
{{- $stale := list }}
{{- if .Release.IsUpgrade }}
{{- range $path, $_ := .Files.Glob "crds/*.yaml" }}
{{- $ours := $.Files.Get $path | fromYaml }}
{{- $live := lookup "apiextensions.k8s.io/v1" "CustomResourceDefinition" "" $ours.metadata.name }}
{{- if and $live (ne (toJson $ours.spec.versions) (toJson $live.spec.versions)) }}
{{- $stale = append $stale $ours.metadata.name }}
{{- end }}
{{- end }}
{{- end }}
{{- toJson $stale }}
{{- end }}
