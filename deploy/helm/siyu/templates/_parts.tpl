{{/* Parts that several workloads share; each is called with (dict "root" $ …). */}}

{{- define "siyu.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end }}

{{- define "siyu.labels" -}}
app.kubernetes.io/name: siyu
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{- define "siyu.metadata" -}}
name: {{ .root.Release.Name }}-{{ .component }}
labels:
  {{- include "siyu.labels" . | nindent 2 }}
  app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
  app.kubernetes.io/managed-by: {{ .root.Release.Service }}
  helm.sh/chart: {{ .root.Chart.Name }}-{{ .root.Chart.Version }}
{{- end }}

{{/* What every pod has. Without enableServiceLinks a Service called siyu would put its own SIYU_PORT before ours. */}}
{{- define "siyu.pod" -}}
automountServiceAccountToken: false
enableServiceLinks: false
{{- with .root.Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
securityContext:
  runAsNonRoot: true
  seccompProfile: {type: RuntimeDefault}
{{- end }}

{{- define "siyu.spread" -}}
topologySpreadConstraints:
  - maxSkew: 1
    topologyKey: kubernetes.io/hostname
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels:
        {{- include "siyu.labels" . | nindent 8 }}
{{- end }}

{{- define "siyu.sealed" -}}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: {drop: [ALL]}
{{- end }}

{{- define "siyu.environment" -}}
- name: SIYU_SECRET
  valueFrom: {secretKeyRef: {name: {{ .Values.secretName }}, key: SIYU_SECRET}}
- name: SIYU_DATABASE_URL
  value: {{ .Values.database.url | quote }}
- name: SIYU_MOST_CONNECTIONS
  value: {{ .Values.database.mostConnections | quote }}
- name: SIYU_GATEWAY_URL
  value: http://{{ .Release.Name }}-gateway:8080
- name: SIYU_PARTITIONS
  value: {{ .Values.partitions | quote }}
- name: SIYU_LOG_LEVEL
  value: {{ .Values.logLevel }}
- name: SIYU_BUS
  value: {{ .Values.bus }}
{{- if eq .Values.bus "kafka" }}
- name: SIYU_KAFKA_BOOTSTRAP
  value: {{ .Values.kafka.bootstrap | quote }}
- name: SIYU_KAFKA_REPLICATION
  value: {{ .Values.kafka.replication | quote }}
- name: SIYU_KAFKA_RETENTION_DAYS
  value: {{ .Values.kafka.retentionDays | quote }}
- name: SIYU_KAFKA_PROTOCOL
  value: {{ .Values.kafka.protocol }}
{{- if hasPrefix "SASL" .Values.kafka.protocol }}
- name: SIYU_KAFKA_MECHANISM
  value: {{ .Values.kafka.mechanism }}
- name: SIYU_KAFKA_USER
  value: {{ required "kafka.user: the cluster asks who we are" .Values.kafka.user | quote }}
- name: SIYU_KAFKA_PASSWORD_FILE
  value: /etc/siyu/kafka/password
{{- end }}
{{- if .Values.kafka.caFile }}
- name: SIYU_KAFKA_CA_FILE
  value: /etc/siyu/kafka/{{ .Values.kafka.caFile }}
{{- end }}
{{- end }}
{{- end }}

{{- define "siyu.mounts" -}}
{{- if and (eq .Values.bus "kafka") .Values.kafka.secretName }}
volumeMounts:
  - {name: kafka, mountPath: /etc/siyu/kafka, readOnly: true}
{{- end }}
{{- end }}

{{- define "siyu.volumes" -}}
{{- if and (eq .Values.bus "kafka") .Values.kafka.secretName }}
volumes:
  - name: kafka
    secret: {secretName: {{ .Values.kafka.secretName }}, defaultMode: 0444}
{{- end }}
{{- end }}

{{/* Asked at one path until the start is over, then for life and, where given, for readiness. */}}
{{- define "siyu.probes" -}}
{{- $probes := .root.Values.probes }}
startupProbe:
  httpGet: {path: {{ .live }}, port: {{ .port }}}
  periodSeconds: {{ $probes.periodSeconds }}
  timeoutSeconds: {{ $probes.timeoutSeconds }}
  failureThreshold: {{ div $probes.startSeconds $probes.periodSeconds }}
livenessProbe:
  httpGet: {path: {{ .live }}, port: {{ .port }}}
  periodSeconds: {{ $probes.periodSeconds }}
  timeoutSeconds: {{ $probes.timeoutSeconds }}
  failureThreshold: {{ $probes.failures }}
readinessProbe:
  httpGet: {path: {{ .ready }}, port: {{ .port }}}
  periodSeconds: {{ $probes.periodSeconds }}
  timeoutSeconds: {{ $probes.timeoutSeconds }}
  failureThreshold: {{ $probes.failures }}
{{- end }}

{{/* A Deployment of our image: root, component, args, workload, live, ready, port; `alone` where two at once must not be. */}}
{{- define "siyu.deployment" -}}
apiVersion: apps/v1
kind: Deployment
metadata:
  {{- include "siyu.metadata" . | nindent 2 }}
spec:
  replicas: {{ .workload.replicas }}
  selector:
    matchLabels:
      {{- include "siyu.labels" . | nindent 6 }}
  strategy:
    {{- if .alone }}
    type: Recreate
    {{- else }}
    rollingUpdate: {maxUnavailable: 0, maxSurge: 1}
    {{- end }}
  template:
    metadata:
      labels:
        {{- include "siyu.labels" . | nindent 8 }}
      {{- with .root.Values.podAnnotations }}
      annotations:
        {{- toYaml . | nindent 8 }}
      {{- end }}
    spec:
      {{- include "siyu.pod" . | nindent 6 }}
      {{- include "siyu.spread" . | nindent 6 }}
      terminationGracePeriodSeconds: 40
      containers:
        - name: siyu
          image: {{ include "siyu.image" .root }}
          imagePullPolicy: {{ .root.Values.image.pullPolicy }}
          args: [{{ join ", " .args }}]
          {{- include "siyu.sealed" . | nindent 10 }}
          env:
            {{- include "siyu.environment" .root | nindent 12 }}
          ports:
            - {name: public, containerPort: 8080}
            - {name: metrics, containerPort: 9464}
          {{- include "siyu.probes" . | nindent 10 }}
          lifecycle:
            preStop: {sleep: {seconds: 5}}  # until nobody sends requests here any more
          resources:
            {{- toYaml .workload.resources | nindent 12 }}
          {{- include "siyu.mounts" .root | nindent 10 }}
      {{- include "siyu.volumes" .root | nindent 6 }}
{{- end }}

{{- define "siyu.disruption" -}}
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  {{- include "siyu.metadata" . | nindent 2 }}
spec:
  maxUnavailable: {{ .root.Values.disruption.maxUnavailable }}
  selector:
    matchLabels:
      {{- include "siyu.labels" . | nindent 6 }}
{{- end }}
